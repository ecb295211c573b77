import type { FromSupervisor, Hello } from './protocol.ts';

/** Answers hold the status of every worker; a longer line is no answer. */
export const MAX_MESSAGE_BYTES = 16_777_216;

/** A line of the supervisor; throws for what is none. The version that it has named stands for the shapes in it. */
export const parseMessage = (line: string | undefined): FromSupervisor => {
  if (line === undefined) throw new Error(`a line has more than ${MAX_MESSAGE_BYTES} bytes`);
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error('a line is no object');
  return value as FromSupervisor;
};

export const isHello = (message: FromSupervisor): message is Hello => 'control' in message;
