import { setTimeout as sleep } from 'node:timers/promises';
import { always, atMost, type Finding } from '../../faults/finding.ts';
import { figure } from '../../harness/table.ts';
import { msText } from '../report/figures.ts';
import type { Contestant, Fleet, HoldfastOptions } from '../fleet/fleet.ts';
import { HOLDFAST, holdfast } from '../fleet/holdfast.ts';
import { goneAt } from '../fleet/processes.ts';
import { withFleet } from '../fleet/with-fleet.ts';
import type { Ledger } from '../load/ledger.ts';
import { pinned } from '../load/pinned.ts';
import { CROWD, underLoad } from '../load/under-load.ts';
import type { Scenario, Site } from '../scenario.ts';
import { promisesOf, rowsOf, showEach, type Showing } from '../show.ts';

const BLOCKED_AFTER_MS = 500;
const PRINTED_WITHIN_MS = 1_000;
const WAITS_MS = 8_000;
const LOOK_EVERY_MS = 20;

const options: HoldfastOptions = { watchdog: { blockedAfterMs: BLOCKED_AFTER_MS } };

/** What blocks, and the function of the service that does it. */
const culprits: Readonly<Record<string, string>> = {
  busy: 'spinRoundAndRound',
  regex: 'matchForEver',
  fs: 'readOverAndOver',
};

/** Times from when the loop had been blocked for as long as is allowed; infinite for never. */
interface Block {
  readonly ledger: Ledger;
  readonly printedMs: number;
  readonly goneMs: number;
  readonly replacedMs: number;
}

const lineWith = (fleet: Fleet, text: string): Promise<number> =>
  new Promise((resolve) => {
    fleet.onLine((line) => {
      if (line.includes(text)) resolve(performance.now());
    });
  });

const never = async (): Promise<number> => {
  await sleep(WAITS_MS);
  return Number.POSITIVE_INFINITY;
};

/** When there are as many workers as before, and that one is not among them. */
const replacedAt = async (fleet: Fleet, pid: number, howMany: number): Promise<number> => {
  const end = performance.now() + WAITS_MS;
  while (performance.now() < end) {
    const workers = await fleet.workers();
    if (workers.length >= howMany && !workers.includes(pid)) return performance.now();
    await sleep(LOOK_EVERY_MS);
  }
  return Number.POSITIVE_INFINITY;
};

const block = (site: Site, contestant: Contestant, kind: string): Promise<Block> =>
  withFleet({ ...site, contestant, options }, async ({ fleet }) => {
    const { length } = await fleet.workers();
    // The watchdog begins a moment after its worker.
    await sleep(1_000);
    const { ledger, outcome } = await underLoad(fleet, CROWD, async () => {
      const { pid, connection } = await pinned(fleet.port, new Set());
      const printed = lineWith(fleet, culprits[kind] ?? kind);
      const due = performance.now() + BLOCKED_AFTER_MS;
      void connection.ask(`/block?kind=${kind}`);
      const [printedAt, leftAt, newAt] = await Promise.all([
        Promise.race([printed, never()]),
        goneAt(pid, WAITS_MS),
        replacedAt(fleet, pid, length),
      ]);
      connection.close();
      return {
        printedMs: printedAt - due,
        goneMs: (leftAt ?? Number.POSITIVE_INFINITY) - due,
        replacedMs: newAt - due,
      };
    });
    return { ledger, ...outcome };
  });

const cells = ({ ledger, printedMs, goneMs, replacedMs }: Block): readonly string[] => [
  msText(printedMs, 'never'),
  msText(replacedMs, 'never'),
  msText(goneMs, 'never'),
  figure(ledger.failures.length),
  figure(ledger.requests),
  figure(ledger.longestMs),
];

const promisesFor =
  (kind: string) =>
  ({ printedMs, replacedMs, goneMs }: Block): readonly Finding[] => [
    atMost(`${kind}: stack with ${culprits[kind]} printed`, printedMs, PRINTED_WITHIN_MS, 'ms'),
    always(
      `${kind}: replaced, and the old one gone`,
      Number(Number.isFinite(replacedMs + goneMs)),
      1,
    ),
  ];

export const blocked: Scenario = {
  id: 'blocked',
  title: `one of 2 workers blocks its event loop under load; the threshold is ${BLOCKED_AFTER_MS} ms, and times are from there`,
  run: async (site) => {
    const rows: (readonly string[])[] = [];
    const findings: Finding[] = [];
    for (const kind of Object.keys(culprits)) {
      const showings: readonly Showing<Block>[] = await showEach([holdfast], (contestant) =>
        block(site, contestant, kind),
      );
      rows.push(...rowsOf(showings, cells).map(([name, ...rest]) => [`${name}, ${kind}`, ...rest]));
      findings.push(...promisesOf(showings, HOLDFAST, promisesFor(kind)));
    }
    const headings = [
      '',
      'stack printed ms',
      'replaced ms',
      'gone ms',
      'failed',
      'of requests',
      'longest wait ms',
    ];
    return { tables: [{ headings, rows }], findings };
  },
};
