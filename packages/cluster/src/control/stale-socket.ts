import type { BigIntStats } from 'node:fs';
import { link, lstat, rename, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

export const codeOf = (error: unknown): unknown =>
  error instanceof Error ? Reflect.get(error, 'code') : undefined;

/** The promise's value; undefined where what it is about is not there. */
const unlessMissing = async <T>(promise: Promise<T>): Promise<T | undefined> => {
  try {
    return await promise;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

export const fileAt = (path: string): Promise<BigIntStats | undefined> =>
  unlessMissing(lstat(path, { bigint: true }));

/** The time as well, since the number of a file that is gone may be given to another. */
export const isSame = (one: BigIntStats, other: BigIntStats): boolean =>
  one.dev === other.dev && one.ino === other.ino && one.mtimeNs === other.mtimeNs;

const isServed = (path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      if (codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ENOENT') resolve(false);
      else reject(error);
    });
  });

const SERVED = 'another process serves it';

/** Removes a socket that nobody serves any more; rejects, and leaves it, for anything else. */
export const clearStale = async (path: string, aside: string): Promise<void> => {
  const found = await fileAt(path);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('something is there that is no socket');
  if (await isServed(path)) throw new Error(SERVED);
  // Another supervisor may have put its own there just now: that one is put back.
  await unlessMissing(rename(path, aside));
  const taken = await fileAt(aside);
  if (taken === undefined) return;
  if (!isSame(found, taken)) await link(aside, path);
  await unlink(aside);
  if (!isSame(found, taken)) throw new Error(SERVED);
};
