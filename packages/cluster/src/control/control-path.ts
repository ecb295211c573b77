import { dirname, join, resolve } from 'node:path';
import { nameOf, outOfRange, wrongType } from '@holdfast/core/adapter';

/** `sun_path` with its NUL has 108 bytes on Linux and 104 elsewhere. */
const MAX_BYTES = process.platform === 'linux' ? 107 : 103;

/** Where the socket stands before it has its name: `private-socket.ts` makes this folder. */
export const FOLDER_PREFIX = '.h';
export const NAME_IN_FOLDER = 's';

const tooLong = (path: string): boolean => {
  const before = join(dirname(path), `${FOLDER_PREFIX}XXXXXX`, NAME_IN_FOLDER);
  return Math.max(Buffer.byteLength(path), Buffer.byteLength(before)) > MAX_BYTES;
};

const PIPE = /^\\\\[.?]\\pipe\\./;

/** A path that a control socket can have, from the root; a longer one would be cut off by some systems. */
export const controlPathOf = (option: string, value: unknown): string => {
  const path = nameOf(option, value);
  if (path.includes('\0')) throw wrongType(option, path, 'a path without NUL');
  if (process.platform === 'win32') {
    if (!PIPE.test(path)) throw wrongType(option, path, String.raw`a path in \\.\pipe`);
    return path;
  }
  const absolute = resolve(path);
  if (tooLong(absolute)) {
    const allowed = `a path of up to ${MAX_BYTES} bytes, of a directory of up to ${MAX_BYTES - 11}`;
    throw outOfRange(option, absolute, allowed);
  }
  return absolute;
};
