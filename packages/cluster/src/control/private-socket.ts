import { existsSync, unlinkSync } from 'node:fs';
import { chmod, link, mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { ClusterError } from '../errors.ts';
import { FOLDER_PREFIX, NAME_IN_FOLDER } from './control-path.ts';
import { clearStale, codeOf, fileAt, isSame } from './stale-socket.ts';

/** Others may take the path as often as this while it is taken; then something is wrong there. */
const ATTEMPTS = 10;

const listening = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    // Even in a worker of `node:cluster`, where the primary would listen in its place.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });

const isPlaced = async (bound: string, path: string): Promise<boolean> => {
  try {
    await link(bound, path); // unlike a rename it never replaces what somebody else has put there
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  }
};

const place = async (bound: string, path: string): Promise<void> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await isPlaced(bound, path)) return;
    await clearStale(path);
  }
  throw new Error('another process takes it again and again');
};

/** Gives what takes the path away again, if it is still that of this server by then. */
const listenIn = async (folder: string, server: Server, path: string): Promise<() => void> => {
  await chmod(folder, 0o700); // a strict umask has taken our own access
  const bound = join(folder, NAME_IN_FOLDER);
  await listening(server, bound);
  await chmod(bound, 0o600);
  const ours = fileAt(bound);
  await place(bound, path);
  return () => {
    const there = fileAt(path);
    if (there !== undefined && ours !== undefined && isSame(there, ours)) unlinkSync(path);
  };
};

/** Some directories are there, and say of each new name that there is no such file: /proc. */
const reasonOf = (directory: string): string =>
  existsSync(join(directory, '/'))
    ? `nothing can be made in the directory "${directory}"`
    : `there is no directory "${directory}"`;

const explain = (path: string, error: unknown): ClusterError => {
  const what = `no control socket at "${path}"`;
  const isMissing = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
  const cause = isMissing ? new Error(reasonOf(dirname(path)), { cause: error }) : error;
  return new ClusterError('HF_CONTROL_FAILED', what, { cause });
};

const listenAt = async (server: Server, path: string): Promise<() => void> => {
  if (process.platform === 'win32') {
    await listening(server, path);
    return () => undefined;
  }
  // Nobody else can reach into this folder, so that the socket is open to nobody before its mode is set.
  const folder = await mkdtemp(join(dirname(path), FOLDER_PREFIX));
  try {
    return await listenIn(folder, server, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * Has a server listen on a unix socket that this user alone can reach (mode 0600 from the first moment, whatever the
 * umask). A socket there that nobody serves is replaced; anything else stays, and is a rejection.
 */
export const listenPrivately = async (server: Server, path: string): Promise<() => void> => {
  try {
    return await listenAt(server, path);
  } catch (error) {
    server.close();
    throw explain(path, error);
  }
};
