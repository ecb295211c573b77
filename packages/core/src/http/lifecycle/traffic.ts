import type { DrainSettings } from './drain-options.ts';
import { Http1Connections } from './http1-connections.ts';
import { Http2Sessions } from './http2-sessions.ts';
import { RawSockets } from './raw-sockets.ts';
import type { DrainCut } from './types.ts';

/** All that is open of a drain's servers. */
export class Traffic {
  readonly http1: Http1Connections;
  readonly http2: Http2Sessions;
  readonly raw: RawSockets;

  /** `changed` hears whenever a connection is gone. */
  constructor(settings: DrainSettings, changed: () => void) {
    this.http1 = new Http1Connections(settings, changed);
    this.http2 = new Http2Sessions(settings.clock, changed);
    this.raw = new RawSockets(changed);
  }

  get inFlight(): number {
    return this.http1.inFlight + this.http2.inFlight;
  }

  get isOver(): boolean {
    return this.http1.size + this.http2.size + this.raw.size === 0;
  }

  announce(): void {
    this.http1.announce();
    this.http2.announce();
  }

  /** Ends what nobody waits for; the rest ends with its last response. */
  endIdle(): void {
    this.http1.endIdle();
    this.http2.closeIdle();
    this.raw.cutUnsecured();
  }

  cut(): DrainCut {
    const requests = this.inFlight;
    const sessions = this.http2.cut();
    const { connections, upgraded } = this.http1.cut();
    this.raw.cut();
    return { requests, connections, sessions, upgraded };
  }

  [Symbol.dispose](): void {
    this.http1[Symbol.dispose]();
    this.http2[Symbol.dispose]();
    this.raw[Symbol.dispose]();
  }
}
