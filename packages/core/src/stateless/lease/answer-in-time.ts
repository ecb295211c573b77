import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';
import { StoreError } from '../store-error.ts';
import type { Operation } from '../store.ts';
import type { StoreTerms } from './settings.ts';

/** What else ends the wait for an answer, and who hears one that nobody waits for any more. */
interface Waiting<T> {
  readonly signal?: AbortSignal | undefined;
  /** The answer, or undefined for a failure. Must not throw. */
  readonly late?: (answer: T | undefined) => void;
}

type Ask<T> = (operation: Operation) => Promise<T>;

/** What a store of somebody else's throws at once is a rejection like any other. */
const asked = async <T>(ask: Ask<T>, deadlineMs: number): Promise<T> => await ask({ deadlineMs });

/**
 * One operation of a store, waited for no longer than its deadline, whatever store it is. Rejects with
 * what the store says, a `StoreError` (`unknown`) at the deadline, or the reason of an abort.
 */
export const answerInTime = <T>(
  { store, clock, deadlineMs }: StoreTerms,
  ask: Ask<T>,
  { signal, late }: Waiting<T> = {},
): Promise<T> =>
  new Promise((resolve, reject) => {
    const queue = deadlinesOf(clock);
    let waits = true;
    const end = (settle: () => void, otherwise?: () => void): void => {
      if (!waits) return otherwise?.();
      waits = false;
      queue.remove(deadline);
      queue.tidy();
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => end(() => reject(signal?.reason));
    const deadline: Deadline = {
      due: clock.now() + deadlineMs,
      position: -1,
      keepsAlive: true,
      fire: () => end(() => reject(new StoreError(store.name, 'unknown'))),
    };
    queue.add(deadline);
    signal?.addEventListener('abort', onAbort, { once: true });
    asked(ask, deadlineMs).then(
      (answer) =>
        end(
          () => resolve(answer),
          () => late?.(answer),
        ),
      (error: unknown) =>
        end(
          () => reject(error),
          () => late?.(undefined),
        ),
    );
  });
