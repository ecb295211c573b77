import { setTimeout as sleep } from 'node:timers/promises';
import { resilientAgent, type ResilientAgent } from '@holdfast/undici';
import { withOrigins, type Origins } from './origins.ts';
import { figure, type Claim, type Section } from './report.ts';
import { openLoop, send, type Seen } from './traffic.ts';
import { CircuitWatch } from './circuit-watch.ts';

const PER_SECOND = 200;
const WELL_MS = 2_000;
/** Longer than the first break, so that a probe fails. */
const FAILING_MS = 8_000;
/** The second break, 10 s, with its jitter, and some time for three probes. */
const LONGEST_RECOVERY_MS = 12_000 + 500;
const AFTERWARDS_MS = 2_000;
const NAMES = ['A, fails and heals', 'B', 'C'];
const FAILING = 0;

interface Times {
  readonly failsAt: number;
  readonly healsAt: number;
  readonly endsAt: number;
}

/** The outage as it happens; ends some time after the circuit has closed, or when it ought to have. */
const incident = async (origins: Origins, watch: CircuitWatch): Promise<Times> => {
  await sleep(WELL_MS);
  await origins.setFailing(FAILING, true);
  const failsAt = Date.now();
  await sleep(FAILING_MS);
  await origins.setFailing(FAILING, false);
  const healsAt = Date.now();
  await Promise.race([watch.closed, sleep(LONGEST_RECOVERY_MS + AFTERWARDS_MS)]);
  await sleep(AFTERWARDS_MS);
  return { failsAt, healsAt, endsAt: Date.now() };
};

const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * q)] ?? Number.NaN;
};

const rowOf = (name: string, seen: readonly Seen[], reached: number): string[] => {
  const count = (ending: Seen['ending']): number =>
    seen.filter((each) => each.ending === ending).length;
  const answered = seen.filter(({ ending }) => ending === 'ok').map(({ ms }) => ms);
  return [
    name,
    figure(seen.length),
    figure(count('ok')),
    figure(count('failed')),
    figure(count('refused')),
    figure(reached),
    answered.length === 0 ? '-' : figure(quantile(answered, 0.5), 2),
    answered.length === 0 ? '-' : figure(quantile(answered, 0.99), 2),
  ];
};

interface Run {
  readonly times: Times;
  readonly seen: readonly (readonly Seen[])[];
}

const run = async (agent: ResilientAgent, origins: Origins, watch: CircuitWatch): Promise<Run> => {
  let over = false;
  const traffic = origins.urls.map((url) =>
    openLoop(
      PER_SECOND,
      () => over,
      () => send(agent, `${url}/orders`),
    ),
  );
  const times = await incident(origins, watch);
  over = true;
  return { times, seen: await Promise.all(traffic) };
};

const rowsOf = async ({ times, seen }: Run, origins: Origins): Promise<string[][]> => {
  const phases = [
    { phase: 'well', from: 0, to: times.failsAt - 1 },
    { phase: 'A fails', from: times.failsAt, to: times.healsAt - 1 },
    { phase: 'A is well again', from: times.healsAt, to: times.endsAt },
  ];
  const rows: string[][] = [];
  for (const { phase, from, to } of phases) {
    for (const [number, name] of NAMES.entries()) {
      const within = seen[number]?.filter(({ at }) => at >= from && at <= to) ?? [];
      rows.push(rowOf(`${phase}: ${name}`, within, await origins.reached(number, { from, to })));
    }
  }
  return rows;
};

const others = (seen: readonly (readonly Seen[])[]): readonly Seen[] =>
  seen.filter((_, number) => number !== FAILING).flat();

const claimsOf = async (
  { times, seen }: Run,
  origins: Origins,
  watch: CircuitWatch,
): Promise<Claim[]> => {
  const hurt = others(seen).filter(({ ending }) => ending !== 'ok').length;
  const refused = seen[FAILING]?.filter(({ ending }) => ending === 'refused').length ?? 0;
  const { closedAt, span, probes, failedProbes } = watch;
  const arrived = await origins.reached(FAILING, span);
  return [
    {
      what: 'the failing origin trips',
      measured: `${watch.opens} openings, ${figure(refused)} requests refused`,
      ok: watch.opens > 0 && refused > 0,
    },
    {
      what: 'it trips alone: every request to the others ends well',
      measured: `${figure(others(seen).length)} requests, ${hurt} did not; circuits ${watch.othersStates.join(', ')}`,
      ok: hurt === 0 && watch.othersStates.every((state) => state === 'CLOSED'),
    },
    {
      what: `once healed it is in use again after at most ${figure(LONGEST_RECOVERY_MS)} ms`,
      measured: `${figure(closedAt - times.healsAt)} ms`,
      ok: closedAt - times.healsAt <= LONGEST_RECOVERY_MS,
    },
    {
      what: 'while it is open nothing but probes reaches it',
      measured: `${probes} probes made (${failedProbes} failed), ${arrived} requests came`,
      ok: probes === arrived,
    },
  ];
};

const measure = async (origins: Origins): Promise<Section> => {
  const agent = resilientAgent();
  try {
    const watch = new CircuitWatch(agent, origins.urls, FAILING);
    const result = await run(agent, origins, watch);
    return {
      title: 'One origin of three fails, one agent with the defaults',
      notes: [
        `${PER_SECOND} requests a second to each, whatever becomes of them; a failing origin answers 503 or resets.`,
        'A request counts in the phase in which it begins; latencies in ms are those of good answers.',
      ],
      headings: ['', 'sent', 'ok', 'failed', 'refused', 'reached it', 'p50', 'p99'],
      rows: await rowsOf(result, origins),
      claims: await claimsOf(result, origins, watch),
    };
  } finally {
    await agent.destroy();
  }
};

/** One of three origins fails, under steady traffic through one agent. */
export const tripAlone = (): Promise<Section> => withOrigins(NAMES.length, measure);
