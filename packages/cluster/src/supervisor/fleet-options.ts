import type { Member } from './member.ts';
import type { Settings } from './settings.ts';
import type { Slot } from './slot.ts';
import type { SupervisorEvents } from './supervisor-events.ts';
import type { Launcher } from './worker-process.ts';

export type Emit = <Name extends keyof SupervisorEvents>(
  type: Name,
  event: SupervisorEvents[Name],
) => void;

export interface FleetOptions {
  readonly settings: Settings;
  readonly launcher: Launcher;
  readonly emit: Emit;
  /** A worker has come to one of its limits. */
  readonly onWorn: (slot: Slot, member: Member) => void;
  /** A worker wants to leave, and serves until it is told to. */
  readonly onWish: (slot: Slot, member: Member) => void;
  /** A worker has drained, and ends when this resolves. */
  readonly onBye: (member: Member) => Promise<void>;
  /** A worker's event loop stands still. */
  readonly onBlocked: () => void;
  /** No slot has a worker, and none will have one. */
  readonly onNothingLeft: () => void;
}
