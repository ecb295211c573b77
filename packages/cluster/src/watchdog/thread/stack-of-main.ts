import { fileURLToPath } from 'node:url';
import type { Debugger, Session } from 'node:inspector';

/** Of a recursion's tens of thousands: the innermost, and those that began it. */
const FIRST_FRAMES = 40;
const LAST_FRAMES = 20;

/** Names of scripts by their id: the frames themselves bear none. */
type Scripts = ReadonlyMap<string, string>;

const frameText = ({ functionName, location }: Debugger.CallFrame, scripts: Scripts): string => {
  const url = scripts.get(location.scriptId) ?? '';
  const file = url.startsWith('file:') ? fileURLToPath(url) : url || '<anonymous>';
  const place = `${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
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

/**
 * Stops the main thread for a moment, also within a regular expression, and gives its stack; undefined where it has
 * not stopped within `withinMs`, as in native code, or by then `isStill` no longer holds. Rejects where there is no
 * inspector, or it may not be used.
 */
export const stackOfMain = async (
  withinMs: number,
  isStill: () => boolean,
): Promise<string | undefined> => {
  const session = connected();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const scripts = new Map<string, string>();
  const timer = setTimeout(resolve, withinMs, undefined);
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
    clearTimeout(timer);
    session.disconnect();
  }
};
