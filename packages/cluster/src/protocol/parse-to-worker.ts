import { isFields, type Fields } from './fields.ts';
import type { ToWorker } from './messages.ts';

type Parser = (fields: Fields) => ToWorker | undefined;

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const activateOf: Parser = ({ slot }) =>
  isWhole(slot) ? { holdfast: 'activate', slot } : undefined;

const drainOf: Parser = ({ reason, deadlineMs, announce }) => {
  const isSound = typeof reason === 'string' && typeof deadlineMs === 'number';
  return isSound && Number.isFinite(deadlineMs) && deadlineMs > 0
    ? { holdfast: 'drain', reason, deadlineMs, announce: announce === true }
    : undefined;
};

const messageOf: Parser = ({ topic, data }) =>
  typeof topic === 'string' ? { holdfast: 'message', topic, data } : undefined;

const requestOf: Parser = ({ id, topic, data }) =>
  isWhole(id) && typeof topic === 'string' ? { holdfast: 'request', id, topic, data } : undefined;

const parsers: ReadonlyMap<unknown, Parser> = new Map<unknown, Parser>([
  ['activate', activateOf],
  ['drain', drainOf],
  ['goodbye', () => ({ holdfast: 'goodbye' })],
  ['message', messageOf],
  ['request', requestOf],
]);

/** What the supervisor has said, or undefined where it is nothing of ours, or malformed. */
export const parseToWorker = (message: unknown): ToWorker | undefined => {
  if (!isFields(message)) return undefined;
  return parsers.get(message['holdfast'])?.(message);
};
