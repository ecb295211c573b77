import { readFileSync } from 'node:fs';
import { outOfRange } from '@holdfast/core/adapter';
import type { Distribution } from '../supervisor/types.ts';

/** What the machine says of itself; given in tests. */
export interface Host {
  readonly platform: NodeJS.Platform;
  /** Undefined where there is no such file, or none that may be read. */
  readonly readText: (path: string) => string | undefined;
}

/** Where several sockets may listen on one port and each gets its share of the connections, and libuv knows how. */
const SHARING_PORTS: ReadonlySet<NodeJS.Platform> = new Set([
  'linux',
  'android',
  'freebsd',
  'sunos',
  'aix',
]);

const MIGRATION = '/proc/sys/net/ipv4/tcp_migrate_req';

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const LOSS = 'distribution "reuseport" loses connections whenever a worker leaves';

const cureOf = ({ platform, readText: read }: Host): string | undefined => {
  if (platform !== 'linux' && platform !== 'android') return `${platform} resets what waits for it`;
  const setting = read(MIGRATION)?.trim();
  if (setting === undefined) return `${MIGRATION} is not there: it takes Linux 5.14`;
  return setting === '1' ? undefined : 'set sysctl net.ipv4.tcp_migrate_req to 1';
};

/**
 * What is to be said of a distribution on this machine; undefined where nothing is. With `reuseport` each worker has a
 * queue of connections of its own, and what is in there when it closes its socket is reset, unless
 * `net.ipv4.tcp_migrate_req` has the kernel move it to another worker's (Linux from 5.14 on).
 *
 * @throws RangeError where sockets cannot share a port like that: Windows and macOS above all.
 * @see https://docs.kernel.org/networking/ip-sysctl.html
 */
export const distributionWarning = (
  distribution: Distribution,
  host: Host = { platform: process.platform, readText },
): string | undefined => {
  if (distribution !== 'reuseport') return undefined;
  if (!SHARING_PORTS.has(host.platform))
    throw outOfRange(
      'distribution',
      distribution,
      `"round-robin" or "kernel" on ${host.platform}, which does not share a port among sockets`,
    );
  const cure = cureOf(host);
  return cure === undefined ? undefined : `${LOSS}: ${cure}`;
};
