import type { Bulkhead, CircuitBreaker } from '../../../../src/index.ts';
import type { Behaviour, Layer } from '../rig.ts';
import type { World } from '../world.ts';
import { EXCEEDED, REDUCED } from './guarded.ts';

/** A guard that turns requests away, and how its answer looks. */
export interface Refuser {
  readonly by: string;
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly retryAfter: boolean;
  /** What the request has to carry. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly handler?: Behaviour;
  /** Refuses every request from now on. `more` are further options. */
  layer(world: World, more?: object): Layer;
}

interface Entries<Policy> {
  get(key: string): Policy;
}

const one = (): string => 'one';
const hangs: Behaviour = () => new Promise(() => undefined);

const openCircuit = (world: World, more: object = {}): Layer => {
  const layer = world.pieces.breaker({ key: one, open: { jitter: 0 }, ...more });
  const { circuits } = layer as { readonly circuits: Entries<CircuitBreaker> };
  circuits.get('one').open(60_000);
  world.expectVerdicts(layer, {});
  return layer;
};

const fullBulkhead = (world: World, more: object = {}): Layer => {
  const layer = world.pieces.bulkhead({ concurrency: 1, key: one, ...more });
  const { bulkheads } = layer as { readonly bulkheads: Entries<Bulkhead> };
  const permit = bulkheads.get('one').tryAcquire();
  if (permit.admitted) world.onRelease(() => permit.release());
  return layer;
};

export const REFUSERS: readonly Refuser[] = [
  {
    by: 'an open circuit',
    status: 503,
    type: REDUCED,
    code: 'HF_CIRCUIT_OPEN',
    retryAfter: true,
    layer: openCircuit,
  },
  {
    by: 'a full bulkhead',
    status: 503,
    type: REDUCED,
    code: 'HF_BULKHEAD_FULL',
    retryAfter: true,
    layer: fullBulkhead,
  },
  {
    by: 'a rate limit',
    status: 429,
    type: EXCEEDED,
    code: 'HF_RATE_LIMITED',
    retryAfter: true,
    layer: ({ pieces, clock }, more = {}) => {
      const layer = pieces.rateLimit({ quota: 1, windowMs: 30_000, key: one, clock, ...more });
      const { limits } = layer as { limits(): Iterable<{ take(of: object): unknown }> };
      for (const limit of limits()) limit.take({ key: 'one' });
      return layer;
    },
  },
  {
    by: 'a timeout',
    status: 503,
    type: 'about:blank',
    code: 'HF_TIMEOUT',
    retryAfter: true,
    handler: hangs,
    layer: ({ pieces }, more = {}) => pieces.timeout({ timeoutMs: 20, ...more }),
  },
  {
    by: 'a deadline that passes',
    status: 504,
    type: 'about:blank',
    code: 'HF_DEADLINE_EXCEEDED',
    retryAfter: false,
    handler: hangs,
    layer: ({ pieces }, more = {}) => pieces.deadline({ deadlineMs: 20, ...more }),
  },
  {
    by: 'a deadline that came too late',
    status: 504,
    type: 'about:blank',
    code: 'HF_DEADLINE_EXCEEDED',
    retryAfter: false,
    headers: { 'grpc-timeout': '1m' },
    layer: ({ pieces }, more = {}) => pieces.deadline({ trust: true, ...more }),
  },
];
