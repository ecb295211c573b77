import type { Session } from 'node:inspector';
import { isComputing } from '../native-state.ts';
import { framesOfMain } from './frames-of-main.ts';

const connected = (): Session => {
  const { Session } = process.getBuiltinModule('node:inspector');
  const session = new Session();
  session.connectToMainThread();
  return session;
};

/** How long native code is waited for; so many times longer where it is known to compute, and may just be slow. */
const PATIENCE_MS = 500;
const PATIENCE_TIMES = 5;

const impatient = (giveUp: () => void): NodeJS.Timeout => {
  let times = 0;
  return setInterval(() => {
    times++;
    if (times === PATIENCE_TIMES || !isComputing()) giveUp();
  }, PATIENCE_MS);
};

/**
 * Interrupts the main thread, also within a regular expression, and gives its stack; an empty one if its event loop
 * turns. The debugger's frames would bring along what each can see, of whatever size: this thread has no room for it.
 * Undefined without an answer within half a second (2.5 s on a busy machine), as in native code. Rejects where the
 * stack cannot be read, or it cannot connect; where the permission model is against that, it aborts the process.
 */
export const stackOfMain = async (): Promise<string | undefined> => {
  const session = connected();
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const timer = impatient(() => resolve(undefined));
  const expression = `(${String(framesOfMain)})()`;
  try {
    session.post('Runtime.evaluate', { expression, returnByValue: true }, (error, answer) => {
      const frames: unknown = error === null ? answer.result.value : undefined;
      if (typeof frames === 'string') resolve(frames);
      else reject(error ?? new Error('it has no room left, or the Error of the program is frozen'));
    });
    return await promise;
  } finally {
    clearInterval(timer);
    session.disconnect();
  }
};
