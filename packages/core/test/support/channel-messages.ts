import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';

/** Collects what is published on a channel until the end of this test. */
export const messagesOn = (channel: string): readonly unknown[] => {
  const messages: unknown[] = [];
  const hear = (message: unknown): void => void messages.push(message);
  subscribe(channel, hear);
  onTestFinished(() => void unsubscribe(channel, hear));
  return messages;
};
