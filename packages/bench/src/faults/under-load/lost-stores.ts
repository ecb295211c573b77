import type { Fault } from '../fault.ts';
import { restart, withRedis } from '../processes/redis.ts';
import { heapFinding, outageFindings, sessionFindings } from './judge.ts';
import { underLoad } from './under-outage.ts';

const BACK_AFTER_THAW_MS = 2_000;
const BACK_AFTER_RESTART_MS = 5_000;
const MOST_HEAP_MB = 5;

const FROZEN = { full: 5_000, quick: 3_000 };
const LONG = { full: 30_000, quick: 3_000 };
const DEAD = { full: 4_000, quick: 2_000 };
const RECOVERY_MS = 2_500;
const RESTART_MS = 5_500;

const frozen = underLoad({
  id: 'frozen',
  title: 'Store frozen (SIGSTOP), then thawed',
  stage: ({ quick, keeping }, play) =>
    withRedis(keeping, (redis) =>
      play({
        port: redis.port,
        ms: quick ? FROZEN.quick : FROZEN.full,
        recoveryMs: RECOVERY_MS,
        begin: () => redis.freeze(),
        end: () => redis.thaw(),
      }),
    ),
  judge: (course) => [...outageFindings(course, BACK_AFTER_THAW_MS), ...sessionFindings(course)],
});

const killed = underLoad({
  id: 'killed',
  title: 'Store killed (SIGKILL), then started anew and empty',
  stage: ({ quick, keeping }, play) =>
    withRedis(keeping, (redis) =>
      play({
        port: redis.port,
        ms: quick ? DEAD.quick : DEAD.full,
        recoveryMs: RESTART_MS,
        begin: () => redis.kill(),
        end: () => restart(redis, keeping),
      }),
    ),
  judge: (course) => outageFindings(course, BACK_AFTER_RESTART_MS),
});

const paused = underLoad({
  id: 'paused',
  isSimilar: true,
  title: 'Store answers nobody (CLIENT PAUSE)',
  stage: ({ quick, keeping }, play) =>
    withRedis(keeping, (redis) => {
      const ms = quick ? FROZEN.quick : FROZEN.full;
      return play({
        port: redis.port,
        ms,
        recoveryMs: RECOVERY_MS,
        begin: () => redis.ask('CLIENT', 'PAUSE', String(ms), 'ALL'),
        // The pause ends by itself.
        end: () => undefined,
      });
    }),
  judge: (course) => [...outageFindings(course, BACK_AFTER_THAW_MS), ...sessionFindings(course)],
});

const long = underLoad({
  id: 'long',
  title: 'Store frozen for half a minute',
  stage: ({ quick, keeping }, play) =>
    withRedis(keeping, (redis) =>
      play({
        port: redis.port,
        ms: quick ? LONG.quick : LONG.full,
        recoveryMs: RECOVERY_MS,
        begin: () => redis.freeze(),
        end: () => redis.thaw(),
      }),
    ),
  judge: (course) => [
    heapFinding(course, MOST_HEAP_MB),
    ...outageFindings(course, BACK_AFTER_THAW_MS),
  ],
});

/** The server does not answer, or is gone. */
export const lostStores: readonly Fault[] = [frozen, killed, paused, long];
