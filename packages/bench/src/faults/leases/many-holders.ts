import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { key, type Store } from '@holdfast/core/stateless';
import { never, told, type Finding } from '../finding.ts';

const KEYS = 200;
const MAX = 5;
const LEASE_MS = 60;
const LANES = 48;
/** The share of holders that never give their lease back. */
const CRASHING = 0.3;
/** A busy machine is no failure of a lease. */
const OPERATION = { deadlineMs: 2_000 };
const SERVER_MARGIN_MS = 20;

const ID_BYTES = 18;
const newId = (): string => randomBytes(ID_BYTES).toString('base64url');

const KEYS_OF = Array.from({ length: KEYS }, (_, at) =>
  key('lock', 'default', 'permits', `k${at}`),
);

interface Tally {
  granted: number;
  crashed: number;
  /** Answers that told of more holders than there may be. */
  exceeded: number;
}

const anyKey = (): (typeof KEYS_OF)[number] => {
  const picked = KEYS_OF[Math.floor(Math.random() * KEYS)];
  if (picked === undefined) throw new RangeError('no key');
  return picked;
};

const holdOnce = async (store: Store, tally: Tally): Promise<void> => {
  const [at, id] = [anyKey(), newId()];
  const leased = await store.lease(at, { max: MAX, leaseMs: LEASE_MS, id }, OPERATION);
  if (leased.holders > MAX) tally.exceeded++;
  if (!leased.held) return;
  tally.granted++;
  if (Math.random() < CRASHING) tally.crashed++;
  else await store.release(at, { leaseMs: LEASE_MS, id }, OPERATION);
};

/** How many permits of all keys cannot be had any more, with nobody left who holds one. */
const leaked = async (store: Store): Promise<number> => {
  let missing = 0;
  for (const at of KEYS_OF)
    for (let i = 0; i < MAX; i++) {
      const lease = { max: MAX, leaseMs: 10_000, id: newId() };
      const { held } = await store.lease(at, lease, OPERATION);
      if (!held) missing++;
    }
  return missing;
};

/** So many leases by holders of which three in ten crash. */
export const manyHolders = async (store: Store, leases: number): Promise<readonly Finding[]> => {
  const tally: Tally = { granted: 0, crashed: 0, exceeded: 0 };
  const lane = async (): Promise<void> => {
    while (tally.granted < leases) await holdOnce(store, tally);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await sleep(LEASE_MS + SERVER_MARGIN_MS);
  return [
    told('leases whose holders crashed', tally.crashed, '', tally.granted),
    never('leases held by more than there may be', tally.exceeded, tally.granted),
    never('permits leaked', await leaked(store), KEYS * MAX),
  ];
};
