import { lstatSync, unlinkSync, type BigIntStats } from 'node:fs';
import { connect } from 'node:net';

export const codeOf = (error: unknown): unknown =>
  error instanceof Error ? Reflect.get(error, 'code') : undefined;

/** Undefined where nothing is there. */
export const fileAt = (path: string): BigIntStats | undefined =>
  lstatSync(path, { bigint: true, throwIfNoEntry: false });

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

/** Removes a socket that nobody serves any more; rejects, and leaves it, for anything else. */
export const clearStale = async (path: string): Promise<void> => {
  const found = fileAt(path);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('something is there that is no socket');
  if (await isServed(path)) throw new Error('another process serves it');
  // Another supervisor may have put its own there meanwhile. Nothing of this process comes between these two calls, and
  // of another one nothing that takes longer.
  const there = fileAt(path);
  if (there !== undefined && isSame(there, found)) unlinkSync(path);
};
