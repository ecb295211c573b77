import { fork } from 'node:child_process';
import { once } from 'node:events';

/** The origin of a server in a process of its own, which ends with this one. */
export const startServer = async (): Promise<string> => {
  const child = fork(new URL('answering.ts', import.meta.url));
  const [port]: unknown[] = await once(child, 'message');
  return `http://127.0.0.1:${String(port)}`;
};
