import { limitChannel, type LimitMessage } from '../events/channels.ts';
import type { Tap } from '../events/emitter.ts';
import type { BulkheadEvents } from './types.ts';

const messageOf = (event: BulkheadEvents[keyof BulkheadEvents]): LimitMessage =>
  'afterMs' in event
    ? { type: 'timeout', ...event }
    : { type: 'refusal', policy: 'bulkhead', ...event };

/** What a bulkhead tells goes to `holdfast:limit` as well. */
export const bulkheadTap: Tap<BulkheadEvents> = {
  hears: () => limitChannel.hasSubscribers,
  publish: (_name, event) => limitChannel.publish(messageOf(event)),
};
