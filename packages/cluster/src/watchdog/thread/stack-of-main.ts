import { fileURLToPath } from 'node:url';
import type { Debugger, Session } from 'node:inspector';
import { isComputing } from '../native-state.ts';

/** Of a recursion's tens of thousands: the innermost, and those that began it. */
const FIRST_FRAMES = 40;
const LAST_FRAMES = 20;

/** Names of scripts by their id: the frames themselves bear none. */
type Scripts = ReadonlyMap<string, string>;

const fileOf = (url: string): string => {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url || '<anonymous>';
  } catch {
    return url;
  }
};

const frameText = ({ functionName, location }: Debugger.CallFrame, scripts: Scripts): string => {
  const place = `${fileOf(scripts.get(location.scriptId) ?? '')}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
  return functionName === '' ? `    at ${place}` : `    at ${functionName} (${place})`;
};

const stackText = (frames: readonly Debugger.CallFrame[], scripts: Scripts): string => {
  const leftOut = frames.length - FIRST_FRAMES - LAST_FRAMES;
  if (leftOut <= 0) return frames.map((frame) => frameText(frame, scripts)).join('\n');
  return [
    ...frames.slice(0, FIRST_FRAMES).map((frame) => frameText(frame, scripts)),
    `    … ${leftOut} more …`,
    ...frames.slice(-LAST_FRAMES).map((frame) => frameText(frame, scripts)),
  ].join('\n');
};

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
 * Stops the main thread for a moment, also within a regular expression, and gives its stack. Undefined where it has
 * not stopped within half a second (2.5 s on a busy machine), as in native code, or where `isStill` did not hold any
 * more when it did. Rejects where it cannot connect; where the permission model is against it, that aborts the process.
 */
export const stackOfMain = async (isStill: () => boolean): Promise<string | undefined> => {
  const session = connected();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const scripts = new Map<string, string>();
  const timer = impatient(() => resolve(undefined));
  session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
  session.on('Debugger.paused', ({ params }) => {
    const isCulprit = isStill();
    // Before all that may fail, so that nothing leaves it stopped.
    session.post('Debugger.resume');
    resolve(isCulprit ? stackText(params.callFrames, scripts) : undefined);
  });
  try {
    session.post('Debugger.enable');
    session.post('Debugger.pause');
    return await promise;
  } finally {
    clearInterval(timer);
    session.disconnect();
  }
};
