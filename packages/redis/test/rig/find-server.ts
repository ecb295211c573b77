import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** In the order in which they are preferred. */
const NAMES = ['redis-server', 'valkey-server'];

export const HOW_TO_GET_IT = `none of ${NAMES.join(', ')} is on PATH; on Debian, scripts/setup-debian.sh installs one`;

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The path of a server's binary; undefined where there is none. */
export const findServer = (): string | undefined => {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
};
