import type { StoreFailure } from '@holdfast/core/stateless';

/** Errors of the server begin with a code in capitals; what clients say for themselves does not. */
const ANSWER = /^[A-Z][A-Z0-9_]+ /;

/** What clients say of a command that they did not send. The classes of these errors have no names. */
const NOT_SENT: ReadonlySet<string> = new Set([
  // redis
  'The client is closed',
  'The client is offline',
  'The queue is full',
  // ioredis, iovalkey
  "Stream isn't writeable and enableOfflineQueue options is false",
  "Cluster isn't ready and enableOfflineQueue options is false",
]);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

/** The server does not know the script, and has done nothing. */
export const isNoScript = (error: unknown): boolean => messageOf(error).startsWith('NOSCRIPT ');

/** Whether the error is an answer of the server. */
export const isAnswer = (error: unknown): boolean => ANSWER.test(messageOf(error));

/** What a client's error says of the command: `unknown` where that cannot be told. */
export const failureOf = (error: unknown): StoreFailure => {
  if (isAnswer(error)) return 'refused';
  return NOT_SENT.has(messageOf(error)) ? 'not-sent' : 'unknown';
};
