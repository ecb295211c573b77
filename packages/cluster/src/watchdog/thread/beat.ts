import type { Board } from '../board.ts';

/** Undefined where this Node was built without it: to import it would throw. */
const inspector = process.features.inspector
  ? process.getBuiltinModule('node:inspector')
  : undefined;

/** The one thing that the main thread does for its watchdog. Keeps no process alive. */
export const startBeating = (
  board: Board,
  everyMs: number,
  slot: () => number | undefined = () => undefined,
): Disposable => {
  const beat = (): void => board.beat(slot(), inspector?.url() !== undefined);
  beat();
  const timer = setInterval(beat, everyMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
};
