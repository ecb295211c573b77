import { isStoreError, storeArguments, type MemoryEngine } from '@holdfast/core/stateless';
import type { GivenLeases } from './given-leases.ts';
import {
  ANSWER_BYTES,
  REFUSED,
  STALE,
  writeCounted,
  writeDone,
  writeLeased,
  writeMetered,
  writeTouched,
  writeVersioned,
  writeWritten,
} from './wire/answers.ts';
import type { FrameReader } from './wire/frame-reader.ts';
import type { FrameWriter } from './wire/frame-writer.ts';
import {
  COUNT,
  LEASE,
  READ,
  readClaim,
  readCount,
  readLease,
  readTake,
  readWrite,
  RELEASE,
  REMOVE,
  TAKE,
  TOUCH,
  WRITE,
} from './wire/requests.ts';
import { WireError } from './wire/wire-error.ts';

/** Where requests of one worker are done. */
export interface Desk {
  readonly engine: MemoryEngine;
  readonly given: GivenLeases;
  readonly answers: FrameWriter;
  readonly now: () => number;
}

/** Reads a request to its end, whatever becomes of it, and writes its answer. One that is late is not done. */
type Serve = (desk: Desk, from: FrameReader, key: string, late: boolean) => void;

const serveTake: Serve = ({ engine, answers }, from, key, late) => {
  const take = readTake(from);
  storeArguments.assertTake(take);
  if (late) answers.byte(STALE);
  else writeMetered(answers, engine.take(key, take));
};

const serveCount: Serve = ({ engine, answers }, from, key, late) => {
  const count = readCount(from);
  storeArguments.assertCount(count);
  if (late) answers.byte(STALE);
  else writeCounted(answers, engine.count(key, count));
};

const serveLease: Serve = ({ engine, given, answers, now }, from, key, late) => {
  const lease = readLease(from);
  storeArguments.assertLease(lease);
  if (late) return answers.byte(STALE);
  const answer = engine.lease(key, lease);
  if (answer.held) given.put(key, lease, now());
  writeLeased(answers, answer);
};

/** Late is right, too. */
const serveRelease: Serve = ({ engine, given, answers }, from, key) => {
  const claim = readClaim(from);
  storeArguments.assertRelease(claim);
  given.remove(key, claim);
  engine.release(key, claim);
  writeDone(answers);
};

const serveRead: Serve = ({ engine, answers }, _from, key, late) => {
  if (late) return answers.byte(STALE);
  const record = engine.read(key);
  if (record !== undefined) answers.reserve(ANSWER_BYTES + record.data.length);
  writeVersioned(answers, record);
};

const serveWrite: Serve = ({ engine, answers }, from, key, late) => {
  const write = readWrite(from);
  storeArguments.assertWrite(write);
  if (late) answers.byte(STALE);
  else writeWritten(answers, engine.write(key, write));
};

const serveTouch: Serve = ({ engine, answers }, from, key, late) => {
  const ttlMs = from.number();
  storeArguments.assertTtl(ttlMs);
  if (late) answers.byte(STALE);
  else writeTouched(answers, engine.touch(key, ttlMs));
};

const serveRemove: Serve = ({ engine, answers }, from, key, late) => {
  const remove = { tombstoneMs: from.number() };
  storeArguments.assertRemove(remove);
  if (late) return answers.byte(STALE);
  engine.remove(key, remove);
  writeDone(answers);
};

const SERVES: ReadonlyMap<number, Serve> = new Map([
  [TAKE, serveTake],
  [COUNT, serveCount],
  [LEASE, serveLease],
  [RELEASE, serveRelease],
  [READ, serveRead],
  [WRITE, serveWrite],
  [TOUCH, serveTouch],
  [REMOVE, serveRemove],
]);

const isNoRoom = (error: unknown): boolean => isStoreError(error) && error.failure === 'refused';

/**
 * Does what a worker asks for, and answers. `hostNow` is the time that all processes of the host have in common.
 * Throws for a request that no worker sends.
 */
export const serveRequest = (
  desk: Desk,
  request: { readonly code: number; readonly key: string },
  from: FrameReader,
  hostNow: number,
): void => {
  const serve = SERVES.get(request.code);
  if (serve === undefined) throw new WireError(`request ${request.code}`);
  const until = from.number();
  if (!(until > 0)) throw new WireError('a request without an end');
  desk.answers.reserve(ANSWER_BYTES);
  try {
    serve(desk, from, request.key, until < hostNow);
  } catch (error) {
    if (!isNoRoom(error)) throw error;
    desk.answers.byte(REFUSED);
  }
};
