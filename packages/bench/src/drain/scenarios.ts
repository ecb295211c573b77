import { busy, idle, slow } from './clients/habit.ts';
import { freshClients, http1Clients } from './clients/http1-clients.ts';
import { http2Clients } from './clients/http2-clients.ts';
import type { Traffic } from './clients/ledger.ts';
import { websocketClients } from './clients/websocket-clients.ts';
import { ANNOUNCE_MS } from './contestants/prepare.ts';
import type { Protocol } from './server/servers.ts';

/** Default of `drain`: how long idle connections stay open. */
const LINGER_MS = 1_500;
const MARGIN_MS = 500;

const DRAIN = 'Holdfast drain()';

/** What Holdfast promises about the end of the process. */
export interface ExitBound {
  readonly from: 'signal' | 'last answer';
  readonly atMostMs: number;
}

/** Clients of one kind, and what is to come of it. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly protocol: Protocol;
  /** What is sent and lost. */
  readonly counted: string;
  readonly traffic: Traffic;
  readonly exit: ExitBound;
  /** Whose promises are looked at. */
  readonly promisedBy: string;
}

const together =
  (...traffics: readonly Traffic[]): Traffic =>
  async (site) => {
    await Promise.all(traffics.map((traffic) => traffic(site)));
  };

const afterLastAnswer: ExitBound = { from: 'last answer', atMostMs: MARGIN_MS };
const afterLinger: ExitBound = { from: 'signal', atMostMs: LINGER_MS + MARGIN_MS };

export const scenarios: readonly Scenario[] = [
  {
    id: 'busy',
    title: '24 kept-alive connections in use: 0-40 ms an answer, 0-20 ms between requests',
    protocol: 'http1',
    counted: 'requests',
    traffic: http1Clients(24, busy),
    exit: afterLastAnswer,
    promisedBy: DRAIN,
  },
  {
    id: 'slow',
    title: '24 requests of 0.6-1.6 s under way, every other one answered bit by bit',
    protocol: 'http1',
    counted: 'requests',
    traffic: http1Clients(24, slow),
    exit: afterLastAnswer,
    promisedBy: DRAIN,
  },
  {
    id: 'idle',
    title: '12 connections in use, and 12 that stay open without a request',
    protocol: 'http1',
    counted: 'requests',
    traffic: together(http1Clients(12, busy), http1Clients(12, idle)),
    exit: afterLinger,
    promisedBy: DRAIN,
  },
  {
    id: 'fresh',
    title:
      '24 clients with a new connection for each request, until one is refused or an answer says close',
    protocol: 'http1',
    counted: 'requests',
    traffic: freshClients(24),
    // Without a time to announce, the system resets connections that the process has not seen yet.
    exit: { from: 'signal', atMostMs: ANNOUNCE_MS + MARGIN_MS },
    promisedBy: 'Holdfast, announcing',
  },
  {
    id: 'http2',
    title: '8 sessions of HTTP/2 with 3 streams each; clients heed GOAWAY',
    protocol: 'http2',
    counted: 'streams',
    traffic: http2Clients(8),
    exit: afterLastAnswer,
    promisedBy: DRAIN,
  },
  {
    id: 'websocket',
    title:
      '8 open WebSockets, a message about every 10 ms; lost is what closes without a close frame',
    protocol: 'websocket',
    counted: 'connections',
    traffic: websocketClients(8),
    exit: afterLinger,
    promisedBy: DRAIN,
  },
];
