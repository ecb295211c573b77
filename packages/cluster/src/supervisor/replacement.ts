import { sleep } from '@holdfast/core/adapter';
import type { Fleet } from './fleet.ts';
import type { Member } from './member.ts';
import type { Slot } from './slot.ts';
import type { ReplaceCause } from './supervisor-events.ts';

/** It is on its way out already; nobody else fills the slot where it was to be the first in it. */
const withdraw = (fleet: Fleet, slot: Slot, next: Member): void => {
  if (slot.successor === next) slot.successor = undefined;
  if (slot.isVacant) fleet.vacancies.fill(slot, 'crash');
};

const stayReady = async (fleet: Fleet, next: Member, soakMs: number): Promise<void> => {
  await next.standing.ready;
  if (soakMs > 0) await sleep(fleet.settings.clock, soakMs, next.standing.lost);
  // It may have gone in the turn in which it became ready.
  next.standing.lost.throwIfAborted();
};

/**
 * Starts another worker for a slot, and lets the old one go once the new one has been ready for `soakMs`. Rejects
 * with `HF_WORKER_FAILED` where it is not; the old one then stays. Gives the old one, which is on its way out.
 */
export const replaceWorker = async (
  fleet: Fleet,
  slot: Slot,
  cause: ReplaceCause,
  soakMs = 0,
): Promise<Member | undefined> => {
  slot.restartBy(undefined);
  // Whoever was on the way for another cause is of an older build, perhaps.
  slot.successor?.leave(cause);
  const old = slot.current;
  const next = fleet.launchFor(slot);
  slot.successor = next;
  try {
    await stayReady(fleet, next, soakMs);
  } catch (error) {
    withdraw(fleet, slot, next);
    throw error;
  }
  if (slot.successor === next) {
    slot.successor = undefined;
    slot.current = next;
  }
  if (old !== next) old?.retire(cause);
  return old;
};

/** A replacement that nobody has planned. */
export interface UrgentReplacement {
  readonly cause: ReplaceCause;
  /** In a row, before this one. */
  readonly failures: number;
  /** No restart is left for so long. */
  readonly onNoneLeft: (retryAfterMs: number) => unknown;
  /** The new one has failed, and the old one is there still. Why stands in the events of the new one. */
  readonly onFailure: () => unknown;
}

/** As `replaceWorker`, at the cost of a restart. Never rejects. */
export const replaceUrgently = async (
  fleet: Fleet,
  slot: Slot,
  { cause, failures, onNoneLeft, onFailure }: UrgentReplacement,
): Promise<void> => {
  const retryAfterMs = fleet.vacancies.take(slot);
  if (retryAfterMs > 0) {
    await onNoneLeft(retryAfterMs);
    return;
  }
  fleet.emit('restartScheduled', { slot: slot.index, cause, failures, delayMs: 0 });
  try {
    await replaceWorker(fleet, slot, cause);
  } catch {
    await onFailure();
  }
};
