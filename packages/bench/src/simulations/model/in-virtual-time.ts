import type { VirtualClock } from '@holdfast/core/testing';

/** Every promise reaction that is due runs before this resolves. */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/**
 * Moves a clock on in steps, up to `untilMs`: timers that fall due run, then `step`, then every promise
 * reaction. Everything in one step happens at the same instant, so `stepMs` is how exact the times are.
 * A step that answers false is the last one.
 */
export const inVirtualTime = async (
  clock: VirtualClock,
  { stepMs, untilMs }: { readonly stepMs: number; readonly untilMs: number },
  step: (now: number) => boolean | void,
): Promise<void> => {
  for (let goesOn = true; goesOn && clock.now() < untilMs; await settled()) {
    clock.advance(stepMs);
    goesOn = step(clock.now()) !== false;
  }
};
