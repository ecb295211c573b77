import type { Session, SessionsOptions } from '../../../src/stateless/session/types.ts';
import type { Exchange, Layer, Rig } from '../conformance/rig.ts';

/** A framework, its adapter, and what that has for sessions. */
export interface SessionRig {
  readonly rig: Rig;
  /** What to mount so that requests have sessions. */
  session(options: SessionsOptions & { readonly onReject?: unknown }): Layer;
  /** What the adapter's `sessionOf` answers a handler. */
  sessionOf(exchange: Exchange): Session;
}
