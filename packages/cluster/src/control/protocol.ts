import type { FailedWorker } from '../errors.ts';
import type { StopReport, SupervisorEvent } from '../supervisor/types.ts';

// What is said over the control socket: JSON, one object a line.

/** The first line of the supervisor names it; another number means other lines. */
export const CONTROL_VERSION = 1;

/** A longer line of a client is refused. */
export const MAX_REQUEST_BYTES = 65_536;

/** Of one client at a time; the next is read once one of them is over. */
export const MAX_UNDER_WAY = 16;

/** A client beyond that is refused. */
export const MAX_CLIENTS = 64;

/** Chosen by the client, and said again with the answer; null where it could not be read. */
export type RequestId = string | number | null;

export type Command =
  | { readonly command: 'status' }
  /** Sends every event from now on. */
  | { readonly command: 'events' }
  | { readonly command: 'reload'; readonly reason: string | undefined }
  | { readonly command: 'scale'; readonly workers: number }
  | { readonly command: 'stop'; readonly reason: string | undefined };

export type Request = Command & { readonly id: RequestId };

/** The answer to a request that failed. */
export interface Failure {
  readonly id: RequestId;
  readonly ok: false;
  readonly code: string;
  readonly message: string;
  readonly worker?: FailedWorker | undefined;
}

export type Answer =
  | { readonly id: RequestId; readonly ok: true; readonly result?: unknown }
  | Failure;

export interface Hello {
  readonly control: number;
  readonly name: string;
  readonly pid: number;
}

export type FromSupervisor =
  | Hello
  | Answer
  | { readonly event: SupervisorEvent }
  /** So many events were left out here: they were not read in time. */
  | { readonly missed: number }
  /** Said last. */
  | { readonly stopped: StopReport };

export const lineOf = (message: FromSupervisor | Request): string => `${JSON.stringify(message)}\n`;
