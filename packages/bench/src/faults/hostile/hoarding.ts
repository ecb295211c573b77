// A memory store that an attacker fills.
import { randomBytes } from 'node:crypto';
import { key, memoryStore, sharedRateLimit, type Key } from '@holdfast/core/stateless';
import { answering, type Question } from '../processes/questions.ts';

/** What became of the store. */
export interface Hoard {
  readonly fullBytes: number;
  readonly afterBytes: number;
  readonly failed: number;
  readonly kept: number;
  readonly lost: number;
}

const CAP = 100_000;
const KEPT = 500;
const HOUR_MS = 3_600_000;
const OPERATION = { deadlineMs: 50 };
const ID_BYTES = 18;

const store = memoryStore({ maxKeys: CAP });
// None of these comes back to fresh while this runs.
const limit = sharedRateLimit({ store, name: 'attacked', rate: 0.001, burst: 10 });

interface Valuable {
  readonly at: Key;
  readonly id: string;
}

/** Somebody's lock and somebody's session. */
const keep = async (index: number): Promise<Valuable> => {
  const at = key('valuable', 'default', `v${index}`);
  const id = randomBytes(ID_BYTES).toString('base64url');
  await store.lease(at, { max: 1, leaseMs: HOUR_MS, id }, OPERATION);
  await store.write(at, { mode: 'create', data: Buffer.from(id), ttlMs: HOUR_MS }, OPERATION);
  return { at, id };
};

const isKept = async ({ at, id }: Valuable): Promise<boolean> => {
  const lease = await store.lease(at, { max: 1, leaseMs: HOUR_MS, id }, OPERATION);
  const record = await store.read(at, OPERATION);
  return (
    lease.held &&
    lease.renewed &&
    record !== undefined &&
    Buffer.from(record.data).equals(Buffer.from(id))
  );
};

const heapBytes = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** The number of calls that failed. */
const attack = async (from: number, to: number): Promise<number> => {
  let failed = 0;
  for (let i = from; i < to; i++) {
    const { source, admitted } = await limit.take({ key: `attacker-${i}` });
    if (source !== 'shared' || !admitted) failed++;
  }
  return failed;
};

const fill = async ({ keys }: Question): Promise<Hoard> => {
  const valuables = await Promise.all(Array.from({ length: KEPT }, (_, at) => keep(at)));
  const first = await attack(0, CAP);
  const fullBytes = heapBytes();
  const failed = first + (await attack(CAP, Number(keys)));
  const afterBytes = heapBytes();
  const kept = await Promise.all(valuables.map(isKept));
  return {
    fullBytes,
    afterBytes,
    failed,
    kept: valuables.length,
    lost: kept.filter((each) => !each).length,
  };
};

answering({ fill });
