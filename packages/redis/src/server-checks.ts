/** What an operator should know: the code of the process warning, and a sentence. */
export interface Finding {
  readonly code: 'HF_REDIS_VERSION' | 'HF_REDIS_EVICTION' | 'HF_REDIS_CLOCK';
  readonly message: string;
}

const OLDEST = 7;
const MOST_APART_MS = 500;

const fieldsOf = (info: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>();
  for (const line of info.split('\r\n')) {
    const at = line.indexOf(':');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1));
  }
  return fields;
};

/** Local wall time before and after the server was asked. */
export interface AsOf {
  readonly asked: number;
  readonly answered: number;
}

type Check = (fields: ReadonlyMap<string, string>, asOf: AsOf) => Finding | undefined;

/** Valkey tells the version of Redis that it is as good as; its own are all new enough. */
const version: Check = (fields) => {
  const found = fields.get('redis_version');
  if (found === undefined || fields.has('valkey_version') || Number.parseInt(found, 10) >= OLDEST)
    return undefined;
  const message = `Redis ${found} is too old: some operations fail. Allowed: Redis from ${OLDEST} on, or Valkey`;
  return { code: 'HF_REDIS_VERSION', message };
};

const eviction: Check = (fields) => {
  const policy = fields.get('maxmemory_policy') ?? '';
  if (!policy.startsWith('allkeys-')) return undefined;
  const message =
    `maxmemory-policy is ${policy}: where memory is short the server forgets leases, sessions and tombstones ` +
    `for limits of clients that nobody knows. Use noeviction, or a server of its own`;
  return { code: 'HF_REDIS_EVICTION', message };
};

/** How far the server is ahead, at the least; below 0 if it is behind. */
const aheadMs = (serverMs: number, { asked, answered }: AsOf): number => {
  if (serverMs > answered) return serverMs - answered;
  return serverMs < asked ? serverMs - asked : 0;
};

const clock: Check = (fields, asOf) => {
  const apart = aheadMs(Number(fields.get('server_time_usec')) / 1_000, asOf);
  if (Math.abs(apart) <= MOST_APART_MS) return undefined;
  const message =
    `the clock of the server is ${Math.abs(Math.round(apart))} ms ${apart > 0 ? 'ahead of' : 'behind'} that of ` +
    `this machine: where servers differ, limits and leases last longer or shorter after a failover. Set both by NTP`;
  return { code: 'HF_REDIS_CLOCK', message };
};

const CHECKS: readonly Check[] = [version, eviction, clock];

/** What is wrong with a server that said `info` to INFO. */
export const findingsOf = (info: string, asOf: AsOf): readonly Finding[] => {
  const fields = fieldsOf(info);
  return CHECKS.map((check) => check(fields, asOf)).filter((finding) => finding !== undefined);
};
