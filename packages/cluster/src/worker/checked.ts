import { nameOf, outOfRange, wrongType } from '@holdfast/core/lifecycle';
import { OWN_TOPIC } from '../protocol/messages.ts';

/** The topic of a user. Throws `TypeError` where it is no name, `RangeError` where it is one of Holdfast's own. */
export const topicOf = (topic: unknown): string => {
  const name = nameOf('topic', topic);
  if (name.startsWith(OWN_TOPIC))
    throw outOfRange('topic', name, `a name that does not begin with "${OWN_TOPIC}"`);
  return name;
};

/** There can be one handler only: it is its answer that the supervisor gets. */
export const topicTaken = (topic: string): RangeError =>
  outOfRange('topic', topic, 'a topic that has no handler yet');

/** Throws `TypeError` unless it is a function. */
export const assertGiven = (option: string, value: unknown): void => {
  if (typeof value !== 'function') throw wrongType(option, value, 'a function');
};
