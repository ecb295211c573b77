import { lifecycle } from '@holdfast/cluster/worker';
import type { CircuitBreaker } from '@holdfast/core';
import { REPORT_EVERY_MS } from './messages.ts';
import { tell } from './parent.ts';

/** Tells what the circuit of this worker does, and why. */
export const reportCircuit = (
  circuit: CircuitBreaker,
  queue: { readonly putOff: number; readonly charged: number },
): void => {
  const life = lifecycle();
  const { pid } = process;
  const report = (): void => {
    const { slot } = life;
    if (slot === undefined) return; // a standby, which has no customers
    const { state, summary } = circuit.explain();
    const { putOff, charged } = queue;
    tell({
      type: 'circuit',
      circuit: { slot, pid, state, summary, putOff, chargedLater: charged },
    });
  };
  circuit.on('transition', ({ from, to, reason }) => {
    const { slot } = life;
    if (slot === undefined) return;
    const { summary } = circuit.explain();
    tell({ type: 'transition', transition: { atMs: Date.now(), slot, from, to, reason, summary } });
  });
  setInterval(report, REPORT_EVERY_MS);
  life.drain.defer('the last report', report);
};
