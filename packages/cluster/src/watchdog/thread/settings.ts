import type { WatchLimits } from '../watch.ts';

export interface ThreadSettings extends WatchLimits {
  /** Whether the inspector may be used: asked in the main thread, as the other does not know. */
  readonly canInspect: boolean;
  readonly parentPid: number;
  /** Where lines of JSON go; undefined for nowhere. */
  readonly descriptor: number | undefined;
}

/** What the watchdog's thread is started with. */
export interface ThreadData {
  readonly settings: ThreadSettings;
  readonly memory: SharedArrayBuffer;
}
