import { assertOptions, given, nameOf, numberIn, wrongType } from '@holdfast/core/adapter';
import { METRICS_TOPIC, OWN_TOPIC } from '../protocol/messages.ts';
import type { RequestOptions } from './types.ts';

/** What to ask a worker, and how long to wait for the answer. */
export interface Question {
  readonly topic: string;
  readonly data: unknown;
  readonly timeoutMs: number;
}

/** A scrape waits for a second; what comes later counts for the next one. */
export const METRICS_QUESTION: Question = { topic: METRICS_TOPIC, data: null, timeoutMs: 5_000 };

export const topicOf = (topic: unknown): string => {
  const name = nameOf('topic', topic);
  if (name.startsWith(OWN_TOPIC))
    throw new RangeError(
      `topic "${name}": those that begin with "${OWN_TOPIC}" are Holdfast's own`,
    );
  return name;
};

/** Throws `TypeError` for what JSON cannot carry, also where nobody is there to hear it. */
export const dataOf = (data: unknown): unknown => {
  try {
    JSON.stringify(data);
    return data;
  } catch (cause) {
    const wrong = wrongType('data', data, 'what JSON can carry: no bigint, no cycle');
    throw Object.assign(wrong, { cause });
  }
};

/** Checks what a user wants to ask. */
export const questionOf = (topic: unknown, data: unknown, options: RequestOptions): Question => {
  assertOptions('request', options, ['timeoutMs']);
  const timeoutMs = numberIn('timeoutMs', given(options.timeoutMs, 5_000), { above: 0 });
  return { topic: topicOf(topic), data: dataOf(data), timeoutMs };
};
