import type { CircuitBreaker } from '@holdfast/core';
import { REPORT_EVERY_MS } from './messages.ts';
import { started, tell } from './parent.ts';

/** Tells main what the circuit does, and why. */
export const reportCircuit = (
  circuit: CircuitBreaker,
  queue: { readonly putOff: number; readonly charged: number },
): void => {
  let startsAt = Number.NaN;
  void started.then((at) => (startsAt = at));
  circuit.on('transition', ({ from, to, reason }) => {
    const { summary } = circuit.explain();
    const at = Date.now() - startsAt;
    tell({ type: 'transition', transition: { at, from, to, reason, summary } });
  });
  setInterval(() => {
    const { state, summary } = circuit.explain();
    const { putOff, charged } = queue;
    tell({ type: 'circuit', circuit: { state, summary, putOff, chargedLater: charged } });
  }, REPORT_EVERY_MS);
};
