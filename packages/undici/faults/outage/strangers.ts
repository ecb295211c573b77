import { Caller } from './meeting-strangers.ts';
import { withOrigins, type Origins } from './origins.ts';
import { figure, type Claim, type Section } from './report.ts';
import type { Ending } from './traffic.ts';

const HOSTS = 100_000;
/** Hosts that fail until their circuits open: more than the registry has places for. */
const HOSTILE_HOSTS = 2_000;
/** More than any trip rule needs. */
const UNTIL_OPEN = 30;
const MAX_KEYS = 1_000;
const FAILING = 0;
const HEALTHY = 1;
const AT_MOST_GROWTH_MB = 2;
const BYTES_PER_MB = 1e6;

const heapBytes = (): number => {
  if (globalThis.gc === undefined) throw new Error('needs --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

interface Wave {
  readonly name: string;
  readonly send: (caller: Caller) => Promise<void>;
}

const WAVES: readonly Wave[] = [
  {
    name: `${figure(HOSTS)} hosts that are well`,
    send: (caller) => caller.sendToStrangers(HOSTS, 200),
  },
  { name: `${figure(HOSTS)} more`, send: (caller) => caller.sendToStrangers(HOSTS, 200) },
  {
    name: `${figure(HOSTS)} hosts that fail once`,
    send: (caller) => caller.sendToStrangers(HOSTS, 503),
  },
  {
    name: `${figure(HOSTILE_HOSTS)} hosts that fail until they open`,
    send: (caller) => caller.sendToStrangers(HOSTILE_HOSTS, 503, UNTIL_OPEN),
  },
  {
    name: `${figure(HOSTS)} hosts that are well, with no place left`,
    send: (caller) => caller.sendToStrangers(HOSTS, 200),
  },
];

interface After {
  readonly name: string;
  readonly heap: number;
  readonly sizes: string;
  /** Requests so far that had to share a circuit. */
  readonly shared: number;
  readonly failing: Ending;
  readonly healthy: Ending;
}

const sendWaves = async (caller: Caller, origins: Origins): Promise<After[]> => {
  const [failing = '', ...healthy] = origins.urls;
  await origins.setFailing(FAILING, true);
  for (let i = 0; i < UNTIL_OPEN; i++) await caller.post(failing);
  const rows: After[] = [];
  const look = async (name: string): Promise<void> => {
    const heap = heapBytes();
    rows.push({
      name,
      heap,
      sizes: caller.sizes,
      shared: caller.shared,
      failing: await caller.send(failing),
      // A new one each time.
      healthy: await caller.send(healthy[rows.length] ?? ''),
    });
  };
  await look('before');
  for (const { name, send: sendWave } of WAVES) {
    await sendWave(caller);
    await look(name);
  }
  return rows;
};

const heapClaim = (first: After, last: After): Claim => {
  const grownMb = (last.heap - first.heap) / BYTES_PER_MB;
  return {
    what: `the heap is flat from the first wave to the last, within ${AT_MOST_GROWTH_MB} MB`,
    measured: `${figure(grownMb, 2)} MB`,
    ok: grownMb <= AT_MOST_GROWTH_MB,
  };
};

const openClaim = (rows: readonly After[], reached: number): Claim => {
  const refused = rows.filter(({ failing }) => failing === 'refused').length;
  return {
    what: 'the open circuit stays open: nothing more reaches its origin',
    measured: `${refused} of ${rows.length} refused, ${reached} requests came before it opened`,
    ok: refused === rows.length && reached < UNTIL_OPEN,
  };
};

const newcomerClaim = (rows: readonly After[], { shared }: After): Claim => {
  const through = rows.filter(({ healthy }) => healthy === 'ok').length;
  return {
    what: 'a healthy host never seen before gets through, also where no place is left',
    measured: `${through} of ${rows.length}, the last after ${figure(shared)} requests that shared`,
    ok: through === rows.length && shared > HOSTS,
  };
};

const claimsOf = async (rows: readonly After[], origins: Origins): Promise<Claim[]> => {
  const [, first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) throw new Error('nothing was measured');
  return [
    heapClaim(first, last),
    openClaim(rows, await origins.reached(FAILING)),
    newcomerClaim(rows, last),
  ];
};

const measure = async (origins: Origins): Promise<Section> => {
  const caller = new Caller();
  try {
    const rows = await sendWaves(caller, origins);
    return {
      title: `Hosts that an attacker chooses, one dispatcher with at most ${figure(MAX_KEYS)} keys`,
      notes: [
        'Strangers are answered without sockets: those would show what the pools of undici hold.',
        'The failing origin, whose circuit is open from the start, and the healthy new one are real servers.',
      ],
      headings: [
        'after',
        'heap MB',
        'circuits / bulkheads / budgets',
        'shared',
        'failing origin',
        'new host',
      ],
      rows: rows.map(({ name, heap, sizes, shared, failing, healthy }) => [
        name,
        figure(heap / BYTES_PER_MB, 2),
        sizes,
        figure(shared),
        failing,
        healthy,
      ]),
      claims: await claimsOf(rows, origins),
    };
  } finally {
    await caller.net.destroy();
  }
};

/** A hundred thousand hosts that somebody else chooses, through one dispatcher. */
export const strangers = (): Promise<Section> => withOrigins(HEALTHY + WAVES.length + 1, measure);
