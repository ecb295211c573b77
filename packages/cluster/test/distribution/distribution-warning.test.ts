import { describe, expect, it } from 'vitest';
import { expectInvalid } from '../../../core/test/support/invalid-option.ts';
import { distributionWarning } from '../../src/distribution/distribution-warning.ts';

const MIGRATION = '/proc/sys/net/ipv4/tcp_migrate_req';

const hostOf = (platform: NodeJS.Platform, setting?: string) => ({
  platform,
  readText: (path: string) => (path === MIGRATION ? setting : undefined),
});

describe('the warning about a distribution', () => {
  it('is there for none but reuseport, on any machine', () => {
    for (const platform of ['linux', 'win32', 'darwin'] as const) {
      expect(distributionWarning('round-robin', hostOf(platform))).toBeUndefined();
      expect(distributionWarning('kernel', hostOf(platform))).toBeUndefined();
    }
  });

  it('says what to set where the kernel could move connections, and does not', () => {
    expect(distributionWarning('reuseport', hostOf('linux', '0\n'))).toBe(
      'distribution "reuseport" loses connections whenever a worker leaves: set sysctl net.ipv4.tcp_migrate_req to 1',
    );
  });

  it('is not there where it does', () => {
    expect(distributionWarning('reuseport', hostOf('linux', '1\n'))).toBeUndefined();
  });

  it('says which kernel it takes where this one cannot', () => {
    expect(distributionWarning('reuseport', hostOf('linux'))).toContain('it takes Linux 5.14');
    expect(distributionWarning('reuseport', hostOf('freebsd', '1'))).toContain('freebsd resets');
  });

  it('is an error where a port cannot be shared like that', () => {
    for (const platform of ['win32', 'darwin'] as const)
      expectInvalid(() => distributionWarning('reuseport', hostOf(platform, '1')), {
        type: RangeError,
        option: 'distribution',
        value: 'reuseport',
      });
  });

  it.runIf(process.platform === 'linux')('looks at this machine by itself', () => {
    expect(distributionWarning('reuseport') ?? 'tcp_migrate_req').toContain('tcp_migrate_req');
  });
});
