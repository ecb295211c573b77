import type { Fault } from '../fault.ts';
import { told, type Finding } from '../finding.ts';
import { between, hanging, p99 } from '../load/samples.ts';
import { withRedis } from '../processes/redis.ts';
import type { Course } from '../under-load/drill.ts';
import { underLoad } from '../under-load/under-outage.ts';

/** Longer than a request may take before it counts as hanging. */
const FROZEN_MS = 9_500;
const RECOVERY_MS = 3_000;
const BYTES_PER_MB = 1e6;

const figures = ({ name, samples, beganAt, endedAt, heapGrowth }: Course): readonly Finding[] => {
  const during = between(samples, beganAt, endedAt);
  return [
    told(`${name}: requests that hang for 8 s`, hanging(during), '', during.length),
    told(`${name}: p99 meanwhile`, p99(during), 'ms'),
    told(`${name}: heap growth at its end`, heapGrowth / BYTES_PER_MB, 'MB'),
  ];
};

/** The stack that most people have, under the same fault. */
export const peersFrozen: Fault = underLoad({
  id: 'peers-frozen',
  title: 'Store frozen under a service of peers',
  services: ['express-session, express-rate-limit'],
  isPeers: true,
  stage: ({ keeping }, play) =>
    withRedis(keeping, (redis) =>
      play({
        port: redis.port,
        ms: FROZEN_MS,
        recoveryMs: RECOVERY_MS,
        begin: () => redis.freeze(),
        end: () => redis.thaw(),
      }),
    ),
  judge: figures,
});
