import type { Store } from '@holdfast/core/stateless';
import type { RequestListener } from 'node:http';

/** A secret of this bench, and of nothing else. */
export const SECRET = 'a secret of the bench, longer than thirty-two bytes';

/** How long to wait before connecting again, as `docs/stateless/redis.md` has it: `ioredis` waits up to 5 s by itself. */
export const pauseMs = (tries: number): number => Math.min(50 * 2 ** tries, 1_000);

/** Each client's: never reached by these clients. */
export const LIMIT = { rate: 1_000, burst: 1_000 } as const;

/** Cookies over plain HTTP. */
export const SESSION = {
  keys: [{ id: 'a1', secret: SECRET }],
  cookie: { secure: false },
} as const;

/** Who a client says it is. */
export const CLIENT = 'x-client';

/** Sessions remember so many numbers: a change is one of these. */
const PLACES = 8;

let changes = 0;

/** Changes a session as a request does. */
export const change = (data: object): void => {
  changes++;
  Reflect.set(data, `place${changes % PLACES}`, changes);
};

/** A service with a session and a rate limit on one store. */
export interface Service {
  readonly listener: RequestListener;
  /** Undefined for stacks without such a thing. */
  readonly store: Store | undefined;
}
