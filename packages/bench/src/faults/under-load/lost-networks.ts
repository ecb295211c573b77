import type { Fault } from '../fault.ts';
import { withProxy, withRedis, type FaultProxy } from '../processes/redis.ts';
import { outageFindings, sessionFindings } from './judge.ts';
import { underLoad } from './under-outage.ts';

const BACK_MS = 2_000;
const OUT_MS = { full: 4_000, quick: 2_500 };
/** A little longer than what is promised. */
const MORE_MS = 500;

/** Longer than any deadline of a store. */
const LATENCY_MS = 200;

interface NetworkFault {
  readonly id: string;
  readonly title: string;
  readonly isSimilar?: boolean;
  readonly begin: (proxy: FaultProxy) => void;
  readonly backMs?: number;
}

const networkFaults: readonly NetworkFault[] = [
  {
    id: 'slow',
    title: `Network to the store slow: ${LATENCY_MS} ms each way, connections reset at the end`,
    begin: (proxy) => proxy.delay(LATENCY_MS),
  },
  {
    id: 'cut',
    isSimilar: true,
    title: 'Network to the store cut: connections reset, and none comes through',
    begin: (proxy) => proxy.refuse(),
    backMs: BACK_MS,
  },
  {
    id: 'half-open',
    title:
      'Connections to the store half-open: what is sent disappears, and they are reset at the end',
    begin: (proxy) => proxy.silence(),
  },
];

/** What was under way would be overtaken by what comes now: no network does that to a connection. */
const heal = (proxy: FaultProxy): void => {
  proxy.cut();
  proxy.heal();
};

/** The server is well, and cannot be reached. */
export const lostNetworks: readonly Fault[] = networkFaults.map(
  ({ begin, backMs = BACK_MS, ...fault }) =>
    underLoad({
      ...fault,
      stage: ({ quick, keeping }, play) =>
        withRedis(keeping, (redis) =>
          withProxy(redis.port, (proxy) =>
            play({
              port: proxy.port,
              ms: quick ? OUT_MS.quick : OUT_MS.full,
              recoveryMs: backMs + MORE_MS,
              begin: () => begin(proxy),
              end: () => heal(proxy),
            }),
          ),
        ),
      judge: (course) => [...outageFindings(course, backMs), ...sessionFindings(course)],
    }),
);
