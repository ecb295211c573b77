import type { Fault } from '../fault.ts';
import { never, told, type Finding } from '../finding.ts';
import { hanging, isServed } from '../load/samples.ts';
import { withRedis, type RedisServer } from '../processes/redis.ts';
import type { Course } from './drill.ts';
import { outageFindings, phasesOf, sessionFindings, slowerFindings } from './judge.ts';
import { underLoad } from './under-outage.ts';

const MS = { full: 3_000, quick: 1_200 };
const RECOVERY_MS = 1_500;
const BACK_MS = 2_000;
const FLUSH_EVERY_MS = 50;

/** Nobody notices anything. */
const unnoticed = (course: Course): readonly Finding[] => {
  const { name, samples } = course;
  const phases = phasesOf(course);
  const { during } = phases;
  const unserved = during.filter((sample) => !isServed(sample)).length;
  return [
    ...slowerFindings(name, phases),
    never(`${name}: requests that hang`, hanging(samples), samples.length),
    never(`${name}: requests not served meanwhile`, unserved, during.length),
  ];
};

const flushing = (redis: RedisServer): Disposable => {
  const timer = setInterval(() => void redis.ask('SCRIPT', 'FLUSH'), FLUSH_EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
};

const scripts = underLoad({
  id: 'script-flush',
  title: `Scripts forgotten every ${FLUSH_EVERY_MS} ms (SCRIPT FLUSH)`,
  stage: ({ quick, keeping }, play) =>
    withRedis(keeping, (redis) => {
      let flushes: Disposable | undefined;
      return play({
        port: redis.port,
        ms: quick ? MS.quick : MS.full,
        recoveryMs: 0,
        begin: () => {
          flushes = flushing(redis);
        },
        end: () => flushes?.[Symbol.dispose](),
      });
    }),
  judge: (course) => [...unnoticed(course), ...sessionFindings(course)],
});

const SERVER_ERROR = 500;

/** People have to log in again, and that is all. */
const forgotten = (course: Course): readonly Finding[] => {
  const { name, loggedOut, visitors } = course;
  const phases = phasesOf(course);
  const { during } = phases;
  const failed = during.filter(({ status = 0 }) => status === 0 || status >= SERVER_ERROR).length;
  return [
    ...slowerFindings(name, phases),
    never(`${name}: requests that fail`, failed, during.length),
    told(`${name}: visitors logged out by it`, loggedOut, '', visitors),
  ];
};

const everything = underLoad({
  id: 'flushall',
  title: 'Everything forgotten (FLUSHALL)',
  stage: ({ quick, keeping }, play) =>
    withRedis(keeping, (redis) =>
      play({
        port: redis.port,
        ms: quick ? MS.quick : MS.full,
        recoveryMs: 0,
        begin: () => redis.ask('FLUSHALL'),
        end: () => undefined,
      }),
    ),
  judge: forgotten,
});

const full = underLoad({
  id: 'full',
  title: 'Store out of memory (maxmemory, noeviction)',
  stage: ({ quick, keeping }, play) =>
    withRedis(keeping, (redis) =>
      play({
        port: redis.port,
        ms: quick ? MS.quick : MS.full,
        recoveryMs: RECOVERY_MS,
        begin: () => redis.ask('CONFIG', 'SET', 'maxmemory', '1'),
        end: () => redis.ask('CONFIG', 'SET', 'maxmemory', '0'),
      }),
    ),
  judge: (course) => [...outageFindings(course, BACK_MS), ...sessionFindings(course)],
});

/** The server is there, and has forgotten something or takes nothing more. */
export const lostMemories: readonly Fault[] = [full, scripts, everything];
