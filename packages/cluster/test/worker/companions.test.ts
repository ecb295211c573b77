import { once } from 'node:events';
import { virtualClock } from '@holdfast/core/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Companions } from '../../src/worker/companions.ts';
import { PrimaryLine } from '../../src/worker/primary-line.ts';
import { startWatchdog } from '../../src/watchdog/start-watchdog.ts';

vi.mock('../../src/watchdog/start-watchdog.ts', () => ({ startWatchdog: vi.fn() }));

const started = vi.mocked(startWatchdog);

const rigOf = (watchdog?: { readonly blockedAfterMs: number }) => {
  const clock = virtualClock();
  const line = new PrimaryLine();
  const parts = { clock, line, watchdog, inFlight: () => 0, slot: () => 3 };
  return { clock, companions: new Companions(parts) };
};

const loaded = (): Promise<void> => vi.waitFor(() => expect(started).toHaveBeenCalled());

describe('companions of a worker', () => {
  const draining = vi.fn<(withinMs: number) => void>();
  beforeEach(() => {
    draining.mockReset();
    started.mockReset();
    started.mockReturnValue({ draining, [Symbol.dispose]: () => undefined });
  });

  it('watch once it is ready, and not before the caller goes on', async () => {
    const { clock, companions } = rigOf({ blockedAfterMs: 700 });
    companions.begin();
    expect(started).not.toHaveBeenCalled();
    await loaded();
    expect(started.mock.calls[0]?.[0]).toMatchObject({ blockedAfterMs: 700, descriptor: 5 });
    companions.begin();
    await clock.advanceAsync(500);
    expect(started).toHaveBeenCalledTimes(1);
  });

  it('watch half a second after its start where it is not ready by then', async () => {
    const { clock } = rigOf({ blockedAfterMs: 700 });
    await clock.advanceAsync(499);
    await vi.dynamicImportSettled();
    expect(started).not.toHaveBeenCalled();
    await clock.advanceAsync(1);
    await loaded();
  });

  it('are told what is left of a drain that began before the watchdog was there', async () => {
    const { clock, companions } = rigOf({ blockedAfterMs: 700 });
    companions.draining(1_000);
    await clock.advanceAsync(500);
    await loaded();
    await vi.waitFor(() => expect(draining.mock.calls).toEqual([[500]]));
    companions.draining(100);
    expect(draining.mock.calls).toEqual([[500], [100]]);
  });

  it('warn where there can be no watchdog, and fail nobody', async () => {
    started.mockImplementation(() => {
      throw new Error('no threads here');
    });
    const { companions } = rigOf({ blockedAfterMs: 700 });
    const warned = once(process, 'warning');
    companions.begin();
    const [warning] = (await warned) as [Error];
    expect(warning.message).toContain('the watchdog threw: Error: no threads here');
  });

  it('have no watchdog where none is wanted', async () => {
    const { companions } = rigOf();
    companions.begin();
    await vi.dynamicImportSettled();
    expect(started).not.toHaveBeenCalled();
  });
});
