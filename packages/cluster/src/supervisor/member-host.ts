import type { FromWorker } from '../protocol/messages.ts';
import type { Member } from './member.ts';
import type { Settings } from './settings.ts';
import type { WorkerState } from './status-types.ts';
import type { SupervisorEvents } from './supervisor-events.ts';
import type { Blocked, Exit, Launcher } from './worker-process.ts';

export type Departure = Pick<SupervisorEvents['workerLeaving'], 'reason' | 'detail'>;

/** Hears what happens to a member, after the member has taken note of it. */
export interface MemberHost {
  /** A standby waits for a slot from now on. */
  onLoaded(member: Member): void;
  onReady(member: Member, tookMs: number): void;
  /** It wants to leave, and serves until it is told to. */
  onWish(member: Member): void;
  /** It takes no more requests. */
  onLeaving(member: Member, departure: Departure): void;
  /** It leaves, as it has failed while it served. Comes after `onLeaving`. */
  onFailing(member: Member): void;
  onVitals(member: Member): void;
  onBlocked(member: Member, blocked: Blocked): void;
  onUnblocked(member: Member, blockedMs: number): void;
  /** It has drained; it ends once this resolves. */
  onBye(member: Member): Promise<void>;
  onAnswer(member: Member, answer: Answer): void;
  onExit(member: Member, exit: Exit, stateBefore: WorkerState): void;
}

export type Answer = Extract<FromWorker, { readonly holdfast: 'answer' | 'failure' }>;

export interface MemberOptions {
  readonly settings: Settings;
  readonly launcher: Launcher;
  readonly host: MemberHost;
  readonly generation: number;
  /** Undefined for a standby. */
  readonly slot: number | undefined;
}
