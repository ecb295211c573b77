import { storeChannel, type StoreMessage } from '../../events/channels.ts';
import type { Tap } from '../../events/emitter.ts';
import type { SessionEvents } from './types.ts';

const messageOf = (
  type: keyof SessionEvents,
  event: SessionEvents[keyof SessionEvents],
): StoreMessage => {
  const { name } = event;
  if ('parts' in event) return { type: 'session-conflict', name, parts: event.parts };
  return { type: type === 'gone' ? 'session-gone' : 'session-rotated', name };
};

/** What happens to sessions goes to the channel of stores, too. */
export const sessionTap: Tap<SessionEvents> = {
  hears: () => storeChannel.hasSubscribers,
  publish: (type, event) => storeChannel.publish(messageOf(type, event)),
};
