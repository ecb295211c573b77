import { breakerChannel, callChannel } from '../events/channels.ts';
import type { Tap } from '../events/emitter.ts';
import type { BreakerEvents } from './types.ts';

/** Outcomes go to `holdfast:call`, everything else to `holdfast:breaker`. */
export const breakerTap: Tap<BreakerEvents> = {
  hears: (name) => (name === 'outcome' ? callChannel : breakerChannel).hasSubscribers,
  publish: (name, event) => {
    if (name === 'outcome') {
      callChannel.publish({ policy: 'circuit-breaker', ...(event as BreakerEvents['outcome']) });
    } else breakerChannel.publish({ type: name, ...event });
  },
};
