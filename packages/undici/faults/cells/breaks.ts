import { after, HANGS, HANGS_LATER, LOST, type Row } from './rows.ts';

/** Undici 8 gives its parser's errors no code, undici 7 does. */
const UNPARSABLE = ['HTTPParserError'];

/** Broken off before the response: tried again, in vain. */
const beforeHeaders = (fault: string, sees: readonly string[]): Row => ({
  fault,
  sees,
  records: 'FF',
  arrives: 2,
  wait: 'at once',
  sockets: 0,
});

/** Broken off once the caller has the response: a failure all the same, and never tried again. */
const afterHeaders = (fault: string, sees: readonly string[]): Row => ({
  fault,
  sees: after(200, sees),
  records: 'F',
  arrives: 1,
  sockets: 0,
});

/** Responses that break off, hang, or are none. */
export const BREAKS: readonly Row[] = [
  {
    fault: 'refused',
    sees: ['ECONNREFUSED'],
    records: 'FF',
    arrives: 0,
    sockets: 0,
    pipeline: { records: 'F' },
    plan: { origin: 'refused' },
  },
  beforeHeaders('reset-before-headers', LOST),
  beforeHeaders('fin-before-headers', ['UND_ERR_SOCKET']),
  beforeHeaders('half-a-header', ['UND_ERR_SOCKET']),
  beforeHeaders('103-then-reset', LOST),
  // Nobody had asked whether to continue.
  beforeHeaders('100-then-200', ['UND_ERR_SOCKET']),
  beforeHeaders('garbage-for-http', [...UNPARSABLE, 'HPE_INVALID_CONSTANT']),
  beforeHeaders('header-overflow', ['UND_ERR_HEADERS_OVERFLOW']),
  beforeHeaders('length-twice', ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH']),
  beforeHeaders('length-no-number', [...UNPARSABLE, 'HPE_INVALID_CONTENT_LENGTH']),
  {
    ...beforeHeaders('hang-before-headers', ['HF_TIMEOUT']),
    wait: undefined,
    plan: { policies: HANGS },
  },
  {
    fault: 'reset-once',
    sees: ['200 paid'],
    records: 'FS',
    arrives: 2,
    wait: 'at once',
    pipeline: { sees: LOST },
  },
  afterHeaders('reset-after-headers', LOST),
  afterHeaders('fin-after-headers', ['UND_ERR_SOCKET']),
  afterHeaders('reset-mid-body', LOST),
  afterHeaders('fin-mid-body', ['UND_ERR_SOCKET']),
  afterHeaders('fin-mid-chunks', ['UND_ERR_SOCKET']),
  afterHeaders('garbage-mid-chunks', [...UNPARSABLE, 'HPE_INVALID_CHUNK_SIZE']),
  afterHeaders('length-too-long', ['UND_ERR_SOCKET']),
  // The deadline: it had run for two seconds, longer than `blameAfterMs`.
  {
    ...afterHeaders('hang-after-headers', ['HF_DEADLINE_EXCEEDED']),
    plan: { policies: HANGS_LATER },
  },
  {
    ...afterHeaders('hang-mid-body', ['HF_DEADLINE_EXCEEDED']),
    plan: { policies: HANGS_LATER },
  },
  // The caller cannot know of the bytes too many; undici gives the connection up.
  { fault: 'length-too-short', sees: ['200 pa'], records: 'S', arrives: 1, sockets: 0 },
  {
    fault: 'idle-closed',
    sees: ['200 paid | 200 paid'],
    records: 'SS',
    arrives: 2,
    pipeline: { records: 'SS', arrives: 2, wait: undefined },
    calls: [{}, {}],
  },
  {
    fault: 'closed-under-the-feet',
    sees: ['200 paid | 200 paid'],
    records: 'SFS',
    arrives: 3,
    pipeline: {
      sees: LOST.map((code) => `200 paid | ${code}`),
      records: 'SF',
      arrives: 2,
    },
    calls: [{}, {}],
  },
];
