import { sleep } from '@holdfast/core/adapter';
import type { Fleet } from './fleet.ts';
import type { Member } from './member.ts';
import type { Slot } from './slot.ts';
import type { ReplaceCause } from './types.ts';

/** Not needed any more, unless it has become the slot's own meanwhile, whose failures are seen to elsewhere. */
const withdraw = (fleet: Fleet, slot: Slot, next: Member, cause: ReplaceCause): void => {
  if (slot.successor === next) slot.successor = undefined;
  if (slot.current === next) return;
  next.leave(cause);
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
  soakMs: number,
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
    withdraw(fleet, slot, next, cause);
    throw error;
  }
  if (slot.successor === next) {
    slot.successor = undefined;
    slot.current = next;
  }
  if (old !== next) old?.retire(cause);
  return old;
};
