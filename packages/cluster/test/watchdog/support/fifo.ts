import { execFileSync } from 'node:child_process';

const MAKER = 'mkfifo';

/** A named pipe at that path. */
export const makeFifo = (path: string): void => void execFileSync(MAKER, [path]);
