import type { Fleet } from './fleet.ts';
import type { Member } from './member.ts';
import { replaceUrgently } from './replacement.ts';
import type { Slot } from './slot.ts';
import { eitherLost } from './standing.ts';

/** A signal to the whole process group reaches the supervisor as well, which then needs no other worker. */
const GROUP_SIGNAL_MS = 20;

/** Has another worker be ready before one goes that wants to; until then that one serves. */
export const handOver = async (fleet: Fleet, slot: Slot, member: Member): Promise<void> => {
  const { clock, ready } = fleet.settings;
  const { policy } = slot;
  const end = clock.now() + ready.timeoutMs;
  const letGo = (): void => member.leave('leaving');
  await fleet.pause(GROUP_SIGNAL_MS);
  while (!fleet.isStopping && slot.current === member && member.isServing) {
    // Whoever has started that one lets this one go.
    if (slot.successor !== undefined) await eitherLost(slot.successor.standing, member.standing);
    else if (clock.now() >= end) letGo();
    else
      await replaceUrgently(fleet, slot, {
        cause: 'leaving',
        failures: policy.failures,
        onNoneLeft: letGo,
        onFailure: () =>
          slot.successor === undefined ? fleet.pause(policy.failed(clock.now())) : undefined,
      });
  }
};
