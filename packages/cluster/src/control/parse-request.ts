import { isFields, type Fields } from '../protocol/fields.ts';
import { MAX_REQUEST_BYTES, type Command, type Request, type RequestId } from './protocol.ts';

/** A line that is no request, and why. */
export interface Misunderstood {
  readonly id: RequestId;
  readonly problem: string;
}

const fieldsOf = (line: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isId = (value: unknown): value is string | number =>
  typeof value === 'number' || (typeof value === 'string' && value.length <= 100);

const isReason = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

const withReason = (command: 'reload' | 'stop', { reason }: Fields): Command | string =>
  isReason(reason) ? { command, reason } : '"reason" has to be a string';

/** The command, or what is wrong with it. */
const commandOf = (fields: Fields): Command | string => {
  const { command, workers } = fields;
  switch (command) {
    case 'status':
    case 'events':
      return { command };
    case 'reload':
    case 'stop':
      return withReason(command, fields);
    case 'scale':
      return typeof workers === 'number' ? { command, workers } : '"workers" has to be a number';
    default:
      return '"command" has to be status, events, reload, scale or stop';
  }
};

/** Reads a line of a client; undefined is one that was too long. Never throws. */
export const parseRequest = (line: string | undefined): Request | Misunderstood => {
  if (line === undefined)
    return { id: null, problem: `a line has at most ${MAX_REQUEST_BYTES} bytes` };
  const fields = fieldsOf(line);
  if (fields === undefined) return { id: null, problem: 'a line has to be one object in JSON' };
  const id = fields['id'];
  if (!isId(id))
    return { id: null, problem: '"id" has to be a number or a string of up to 100 characters' };
  const command = commandOf(fields);
  return typeof command === 'string' ? { id, problem: command } : { id, ...command };
};
