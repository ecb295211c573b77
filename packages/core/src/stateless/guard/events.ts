import { storeChannel, type StoreMessage } from '../../events/channels.ts';
import type { Tap } from '../../events/emitter.ts';
import type { GuardEvents } from './types.ts';

const messageOf = (event: GuardEvents[keyof GuardEvents]): StoreMessage =>
  'lostForMs' in event ? { type: 'restored', ...event } : { type: 'lost', ...event };

/** What a guarded store tells goes to `holdfast:store` as well. */
export const guardTap: Tap<GuardEvents> = {
  hears: () => storeChannel.hasSubscribers,
  publish: (_name, event) => storeChannel.publish(messageOf(event)),
};
