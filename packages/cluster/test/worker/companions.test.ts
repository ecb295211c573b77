import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { virtualClock } from '@holdfast/core/testing';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Companions } from '../../src/worker/companions.ts';
import { PrimaryLine } from '../../src/worker/primary-line.ts';
import { startWatchdog } from '../../src/watchdog/start-watchdog.ts';

vi.mock('../../src/watchdog/start-watchdog.ts', () => ({ startWatchdog: vi.fn() }));

const started = vi.mocked(startWatchdog);

const rigOf = (watchdog?: { readonly blockedAfterMs: number }) => {
  const clock = virtualClock();
  const line = new PrimaryLine();
  const parts = { clock, line, watchdog, inFlight: () => 0, slot: () => 3 };
  return { clock, line, companions: new Companions(parts) };
};

const loaded = (): Promise<void> => vi.dynamicImportSettled();

const request = (): void => channel('http.server.request.start').publish({});

describe('companions of a worker', () => {
  const draining = vi.fn<(withinMs: number) => void>();
  beforeEach(() => {
    draining.mockReset();
    started.mockReset();
    started.mockReturnValue({ draining, [Symbol.dispose]: () => undefined });
  });

  it('go on to tell how it is where the memory cannot be read', async () => {
    const { clock, line } = rigOf();
    const send = vi.spyOn(line, 'send').mockReturnValue(undefined);
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValueOnce(7);
    rss.mockImplementation(() => {
      throw new Error('EMFILE: too many open files');
    });
    onTestFinished(() => rss.mockRestore());
    await clock.advanceAsync(2_000);
    const told = expect.objectContaining({ rssBytes: 7 });
    expect(send.mock.calls).toStrictEqual([
      [{ holdfast: 'vitals', vitals: told }],
      [{ holdfast: 'vitals', vitals: told }],
    ]);
  });

  it('watch from its first request on, before that has done anything', async () => {
    const { clock, companions } = rigOf({ blockedAfterMs: 700 });
    companions.begin();
    await loaded();
    await clock.advanceAsync(49);
    expect(started).not.toHaveBeenCalled();
    request();
    expect(started.mock.calls[0]?.[0]).toMatchObject({ blockedAfterMs: 700, descriptor: 5 });
    companions.begin();
    request();
    await clock.advanceAsync(1_000);
    expect(started).toHaveBeenCalledTimes(1);
  });

  it('watch as soon as they can where a request has come before that', async () => {
    const { companions } = rigOf({ blockedAfterMs: 700 });
    companions.begin();
    request();
    expect(started).not.toHaveBeenCalled();
    await loaded();
    expect(started).toHaveBeenCalledTimes(1);
  });

  it('watch soon after it is ready where no request comes', async () => {
    const { clock, companions } = rigOf({ blockedAfterMs: 700 });
    companions.begin();
    await loaded();
    await clock.advanceAsync(50);
    request();
    expect(started).toHaveBeenCalledTimes(1);
  });

  it('watch half a second after its start where it is not ready by then', async () => {
    const { clock } = rigOf({ blockedAfterMs: 700 });
    request();
    await clock.advanceAsync(499);
    await loaded();
    request();
    expect(started).not.toHaveBeenCalled();
    await clock.advanceAsync(1);
    await loaded();
    request();
    expect(started).toHaveBeenCalledTimes(1);
  });

  it('are told what is left of a drain that began before the watchdog was there', async () => {
    const { clock, companions } = rigOf({ blockedAfterMs: 700 });
    companions.draining(1_000);
    await clock.advanceAsync(500);
    await loaded();
    await clock.advanceAsync(50);
    expect(draining.mock.calls).toEqual([[450]]);
    companions.draining(100);
    expect(draining.mock.calls).toEqual([[450], [100]]);
  });

  it('warn where there can be no watchdog, and no request fails for it', async () => {
    started.mockImplementation(() => {
      throw new Error('no threads here');
    });
    const { companions } = rigOf({ blockedAfterMs: 700 });
    companions.begin();
    await loaded();
    const warned = once(process, 'warning');
    request();
    const [warning] = (await warned) as [Error];
    expect(warning.message).toContain('the watchdog threw: Error: no threads here');
  });

  it('have no watchdog where none is wanted', async () => {
    const { companions } = rigOf();
    companions.begin();
    await loaded();
    request();
    expect(started).not.toHaveBeenCalled();
  });
});
