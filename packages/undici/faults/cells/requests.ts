import type { Api } from '../callers.ts';
import { HANGS, LOST, type Row } from './rows.ts';

const FETCHES: readonly Api[] = ['fetch', 'global fetch'];
/** Those that can send a string twice. */
const REPEATING: readonly Api[] = ['request', 'stream'];

const ORDER = 'two tickets';
const POST = { method: 'POST', body: ORDER } as const;
const KEYED = { ...POST, headers: { 'idempotency-key': '"8e03978e"' } } as const;
const PUT = { method: 'PUT', body: ORDER } as const;

const lostOnce = {
  fault: 'reset-before-headers',
  sees: LOST,
  records: 'F',
  arrives: 1,
  sockets: 0,
};
const busyOnce = { fault: '503-once', sees: ['503 busy'], records: 'F', arrives: 1 };
const paidTwice = { fault: '503-once', sees: ['200 paid'], records: 'FS', arrives: 2 };

/** What may be sent twice, and can be. */
export const REQUESTS: readonly Row[] = [
  { ...lostOnce, title: 'reset-before-headers, POST', calls: [POST] },
  { ...busyOnce, title: '503-once, POST', calls: [POST] },
  {
    ...paidTwice,
    title: '503-once, POST that is marked idempotent by its key',
    apis: REPEATING,
    calls: [KEYED],
  },
  { ...paidTwice, title: '503-once, PUT', apis: REPEATING, calls: [PUT] },
  // A dispatcher gets the body of a fetch as a stream.
  { ...busyOnce, title: '503-once, PUT by fetch', apis: FETCHES, calls: [PUT] },
  {
    ...busyOnce,
    title: '503-once, PUT of a stream',
    apis: REPEATING,
    calls: [{ ...PUT, streamed: true }],
  },
  { fault: 'upgrade-101', apis: ['upgrade'], sees: ['101'], records: 'S', arrives: 1, sockets: 0 },
  {
    fault: 'upgrade-refused',
    apis: ['upgrade'],
    sees: ['UND_ERR_SOCKET'],
    records: 'F',
    arrives: 1,
    sockets: 0,
  },
  { fault: 'upgrade-reset', apis: ['upgrade'], sees: LOST, records: 'F', arrives: 1, sockets: 0 },
  {
    fault: 'upgrade-hang',
    apis: ['upgrade'],
    sees: ['HF_TIMEOUT'],
    records: 'F',
    arrives: 1,
    sockets: 0,
    plan: { policies: HANGS },
  },
  { fault: 'connect-200', apis: ['connect'], sees: ['200'], records: 'S', arrives: 1, sockets: 0 },
  {
    fault: 'connect-502',
    apis: ['connect'],
    sees: ['502'],
    records: 'F',
    arrives: 1,
    sockets: 0,
  },
];
