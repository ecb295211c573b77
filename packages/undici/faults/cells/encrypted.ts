import { isWithoutHttp2 } from '../cell.ts';
import type { Plan } from '../client.ts';
import { after, HANGS, HANGS_LATER, LOST, type Row } from './rows.ts';

const HTTP2 = {
  origin: 'tls',
  agent: { allowH2: true, connect: { rejectUnauthorized: false } },
} as const;

const h2 = (row: Row): Row => ({ plan: HTTP2, impossible: isWithoutHttp2, ...row });

/** Nothing of HTTP was said. */
const handshake = (title: string, origin: Plan['origin'], sees: readonly string[]): Row => ({
  fault: 'h2-200',
  title,
  sees,
  records: 'FF',
  arrives: 0,
  sockets: 0,
  pipeline: { records: 'F' },
  plan: { origin },
});

/** What only HTTP/2 and TLS can do. */
export const ENCRYPTED: readonly Row[] = [
  h2({ fault: 'h2-200', sees: ['200 paid'], records: 'S', arrives: 1 }),
  h2({ fault: 'h2-503', sees: ['503 busy'], records: 'FF', arrives: 2 }),
  h2({
    fault: 'h2-503-once',
    sees: ['200 paid'],
    records: 'FS',
    arrives: 2,
    pipeline: { sees: ['503 busy'] },
  }),
  h2({ fault: 'h2-goaway-answered', sees: ['200 paid'], records: 'S', arrives: 1 }),
  h2({
    fault: 'h2-goaway-mid-body',
    sees: ['200 paid'],
    records: 'S',
    arrives: 1,
    // Undici 7 ends every stream of a session at its GOAWAY, also those that the server goes on with.
    undici7: { sees: after(200, ['UND_ERR_SOCKET']), records: 'F' },
  }),
  h2({
    fault: 'h2-goaway-unprocessed',
    sees: ['200 paid'],
    records: 'FS',
    arrives: 2,
    pipeline: { sees: ['UND_ERR_SOCKET'] },
  }),
  h2({ fault: 'h2-rst-internal', sees: ['ERR_HTTP2_STREAM_ERROR'], records: 'FF', arrives: 2 }),
  h2({
    fault: 'h2-rst-refused',
    sees: ['ERR_HTTP2_STREAM_ERROR'],
    records: 'FF',
    // Undici 8 sends each attempt once more itself: nothing was processed.
    arrives: 4,
    pipeline: { records: 'F', arrives: 1 },
    undici7: { arrives: 2 },
  }),
  h2({
    fault: 'h2-rst-refused-once',
    sees: ['200 paid'],
    records: 'S',
    arrives: 2,
    pipeline: { sees: ['ERR_HTTP2_STREAM_ERROR'], records: 'F', arrives: 1 },
    undici7: { records: 'FS' },
  }),
  h2({
    fault: 'h2-rst-mid-body',
    sees: after(200, ['ERR_HTTP2_STREAM_ERROR']),
    records: 'F',
    arrives: 1,
  }),
  h2({
    fault: 'h2-killed-before-headers',
    sees: ['UND_ERR_SOCKET'],
    records: 'FF',
    arrives: 2,
    sockets: 0,
  }),
  h2({
    fault: 'h2-killed-mid-body',
    sees: after(200, ['UND_ERR_SOCKET']),
    records: 'F',
    arrives: 1,
    sockets: 0,
  }),
  h2({
    fault: 'h2-hang-before-headers',
    sees: ['HF_TIMEOUT'],
    records: 'FF',
    arrives: 2,
    plan: { ...HTTP2, policies: HANGS },
  }),
  h2({
    fault: 'h2-hang-mid-body',
    sees: after(200, ['HF_DEADLINE_EXCEEDED']),
    records: 'F',
    arrives: 1,
    plan: { ...HTTP2, policies: HANGS_LATER },
  }),
  // Configuration: reported, never tried again, and no word on the server.
  {
    ...handshake('tls-untrusted', 'tls', ['DEPTH_ZERO_SELF_SIGNED_CERT']),
    records: 'I',
    pipeline: undefined,
  },
  handshake('tls-answered-in-plain-text', 'plain', ['ERR_SSL_WRONG_VERSION_NUMBER']),
  handshake('tls-reset', 'broken', LOST),
  // Undici gives the connection up in its own time, which closing the agent waits for.
  {
    ...handshake('tls-hang', 'mute', ['HF_TIMEOUT']),
    plan: {
      origin: 'mute',
      agent: { connect: { timeout: 300 } },
      // Before undici's timer, which is coarse.
      policies: { timeout: { timeoutMs: 150 } },
    },
  },
];
