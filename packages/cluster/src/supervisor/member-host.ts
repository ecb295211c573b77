import type { FromWorker, LeavingReason } from '../protocol/messages.ts';
import type { RecycleLimits } from '../restart/recycle.ts';
import type { Member } from './member.ts';
import type { Settings } from './settings.ts';
import type { ReplaceCause, WorkerState } from './types.ts';
import type { Blocked, Exit, Launcher } from './worker-process.ts';

export type Departure = LeavingReason | ReplaceCause | 'scale' | 'stop';

/** Hears what happens to a member, after the member has taken note of it. */
export interface MemberHost {
  onReady(member: Member, tookMs: number): void;
  /** It leaves, of its own accord or as it was told. */
  onLeaving(member: Member, reason: Departure, detail: string, ownAccord: boolean): void;
  onVitals(member: Member): void;
  onBlocked(member: Member, blocked: Blocked): void;
  onUnblocked(member: Member, blockedMs: number): void;
  onAnswer(member: Member, answer: Answer): void;
  onExit(member: Member, exit: Exit, stateBefore: WorkerState): void;
}

export type Answer = Extract<FromWorker, { readonly holdfast: 'answer' | 'failure' }>;

export interface MemberOptions {
  readonly settings: Settings;
  readonly launcher: Launcher;
  readonly host: MemberHost;
  readonly generation: number;
  readonly recycleLimits: RecycleLimits;
  /** Undefined for a standby. */
  readonly slot: number | undefined;
}
