import { isFields, type Fields } from '../protocol/fields.ts';

/**
 * What the primary of `node:cluster` and its workers say to one another, as far as a rescue has to know it: read in
 * `lib/internal/cluster/` (`primary.js`, `child.js`, `round_robin_handle.js`, `utils.js`) of Node 22, 24 and 26. It is
 * documented nowhere, so that nothing is believed that does not look exactly like it.
 */

/** A connection goes to a worker; `seq` names it in the answer, `key` the server that it is for. */
export interface Handover {
  readonly seq: number;
  readonly key: string;
}

/** Whether the worker has taken the connection. Where not, the primary still has it, and hands it to another. */
export interface Answer {
  readonly seq: number;
  readonly accepted: boolean;
}

const COMMAND = 'NODE_CLUSTER';

const fieldsOf = (message: unknown): Fields | undefined =>
  isFields(message) && message['cmd'] === COMMAND ? message : undefined;

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);

/** Primary to worker, along with the connection. */
export const handoverOf = (message: unknown): Handover | undefined => {
  const fields = fieldsOf(message);
  if (fields === undefined) return undefined;
  const { act, seq, key } = fields;
  return act === 'newconn' && isNumber(seq) && typeof key === 'string' ? { seq, key } : undefined;
};

/** Worker to primary. */
export const answerOf = (message: unknown): Answer | undefined => {
  const fields = fieldsOf(message);
  if (fields === undefined) return undefined;
  const { ack, accepted } = fields;
  return isNumber(ack) && typeof accepted === 'boolean' ? { seq: ack, accepted } : undefined;
};

/** What a worker that will not take the connection answers. */
export const refusalOf = ({ seq }: Handover): Fields => ({
  cmd: COMMAND,
  ack: seq,
  accepted: false,
});

/** Primary to worker: connections of this server come to it from now on. A shared socket goes along where they do not. */
export const listensTo = (message: unknown, handle: unknown): string | undefined => {
  const fields = fieldsOf(message);
  if (fields === undefined || isPassed(handle)) return undefined;
  const { act, ack, key, errno } = fields;
  const isReply = act === undefined && isNumber(ack) && typeof key === 'string';
  return isReply && (errno === null || errno === 0) ? key : undefined;
};

/** Worker to primary: no more connections of this server. */
export const stopsListeningTo = (message: unknown): string | undefined => {
  const fields = fieldsOf(message);
  const key = fields?.['act'] === 'close' ? fields['key'] : undefined;
  return typeof key === 'string' ? key : undefined;
};

/** Primary to worker: leave. It has been taken off all servers already. */
export const isDismissal = (message: unknown): boolean =>
  fieldsOf(message)?.['act'] === 'disconnect';

/** Node passes a handle along with a message of its own, and it is neither a connection nor a shared socket. */
export const isUnknownHandover = (message: unknown, handle: unknown): boolean =>
  isPassed(handle) &&
  isFields(message) &&
  String(message['cmd']).startsWith('NODE_') &&
  !isNumber(message['ack']) &&
  handoverOf(message) === undefined;

const isPassed = (handle: unknown): handle is object =>
  typeof handle === 'object' && handle !== null;
