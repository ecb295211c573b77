import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { UsageError } from '../src/command-line.ts';
import { chosen, commandOf } from '../src/faults/command-line.ts';
import { always, atLeast, atMost, isHeld, never, told } from '../src/faults/finding.ts';
import { faults } from '../src/faults/index.ts';
import { OpenLoop } from '../src/faults/load/open-loop.ts';
import { between, hanging, p99, steadyAfter, type Sample } from '../src/faults/load/samples.ts';
import { isSound } from '../src/faults/report/outcome.ts';
import { outcomeLines, sumLines } from '../src/faults/report/text.ts';

describe('a promise', () => {
  it('is kept up to its bound, and missed beyond', () => {
    expect(isHeld(atMost('a', 60, 60, 'ms'))).toBe(true);
    expect(isHeld(atMost('a', 60.1, 60, 'ms'))).toBe(false);
    expect(isHeld(atLeast('a', 5, 5))).toBe(true);
    expect(isHeld(atLeast('a', 4.9, 5))).toBe(false);
    expect(isHeld(never('a', 0, 10))).toBe(true);
    expect(isHeld(never('a', 1, 10))).toBe(false);
    expect(isHeld(always('a', 10, 10))).toBe(true);
    expect(isHeld(always('a', 9, 10))).toBe(false);
  });

  it('is missed where nothing was measured', () => {
    expect(isHeld(atMost('a', Number.NaN, 60))).toBe(false);
    expect(isHeld(atMost('a', Number.POSITIVE_INFINITY, 60))).toBe(false);
    expect(isHeld(never('a', 0, 0))).toBe(false);
    expect(isHeld(always('a', 0, 0))).toBe(false);
  });

  it('is none where a figure is only told', () => {
    expect(isHeld(told('a', 1))).toBeUndefined();
  });
});

describe('the table', () => {
  const outcome = {
    id: 'frozen',
    title: 'Store frozen',
    seconds: 9.6,
    findings: [
      atMost('Koa: added p99', 1.25, 60, 'ms'),
      never('Koa: requests that hang', 1, 5_000),
      told('Koa: served meanwhile', 12, '', 400),
    ],
  };

  it('has a line for each figure, with its promise and whether that was kept', () => {
    const lines = outcomeLines(outcome);
    expect(lines[1]).toBe('Store frozen [frozen, 10 s]');
    expect(lines[3]).toMatch(/^Koa: added p99 +1\.3 ms +at most 60 ms +held$/);
    expect(lines[4]).toMatch(/^Koa: requests that hang +1 of 5,000 +0 +MISSED$/);
    expect(lines[5]).toMatch(/^Koa: served meanwhile +12 of 400 +- +told$/);
    expect(sumLines([outcome])).toEqual(['', '1 promises held, 1 MISSED']);
  });

  it('is sound where no promise is missed, and something was looked at', () => {
    expect(isSound(outcome)).toBe(false);
    expect(isSound({ ...outcome, findings: [told('a', 1)] })).toBe(true);
    expect(isSound({ ...outcome, findings: [] })).toBe(false);
  });
});

describe('the command line', () => {
  it('runs everything but the peers, unless told otherwise', () => {
    const all = { only: '', quick: false, peers: false, json: false };
    expect(commandOf([])).toEqual(all);
    expect(chosen(faults, all).every(({ isPeers }) => isPeers !== true)).toBe(true);
    expect(chosen(faults, { ...all, peers: true })).toEqual(faults);
    const quick = chosen(faults, { ...all, quick: true }).map(({ id }) => id);
    expect(quick).toContain('frozen');
    expect(quick).not.toContain('paused');
    expect(chosen(faults, { ...all, quick: true, only: 'paused' })).toHaveLength(1);
    expect(commandOf(['--quick', '--json', '--peers', '--only', 'Frozen'])).toEqual({
      only: 'frozen',
      quick: true,
      peers: true,
      json: true,
    });
  });

  it('finds faults by a part of their ids, those of peers too', () => {
    expect(
      chosen(faults, { only: 'froz', peers: false, quick: true }).map(({ id }) => id),
    ).toContain('frozen');
    expect(() => chosen(faults, { only: 'nothing', peers: false, quick: false })).toThrow(
      UsageError,
    );
  });

  it.each([['--trials=3'], ['frozen'], ['--only']])('refuses %s', (arg) => {
    expect(() => commandOf([arg])).toThrow(UsageError);
  });

  it('gives every fault an id of its own', () => {
    expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length);
  });
});

const sample = (at: number, ms: number, status: number | undefined = 200): Sample => ({
  path: '/',
  at,
  ms,
  status,
  setsCookie: false,
});

describe('samples', () => {
  it('are chosen by when they were due, the end not included', () => {
    const samples = [sample(1, 1), sample(2, 1), sample(3, 1)];
    expect(between(samples, 2, 3)).toEqual([samples[1]]);
  });

  it('have a p99 that one in a hundred exceeds, and none where there are none', () => {
    const samples = Array.from({ length: 101 }, (_, at) => sample(at, at));
    expect(p99(samples)).toBe(99);
    expect(p99([])).toBeNaN();
  });

  it('hang where no answer came; a refused connection does not', () => {
    const unanswered = { ...sample(0, 8_000), status: undefined };
    expect(hanging([sample(0, 1), sample(0, 1, 0), unanswered])).toBe(1);
  });

  it('are steady from the first of twenty in a row on', () => {
    const good = Array.from({ length: 40 }, (_, at) => sample(at * 2, 1));
    const isQuick = ({ ms }: Sample): boolean => ms < 40;
    expect(steadyAfter(good, 10, isQuick)).toBe(0);
    const late = good.map((each, at) => (at === 10 ? sample(20, 50) : each));
    expect(steadyAfter(late, 10, isQuick)).toBe(12);
    expect(steadyAfter(good.slice(0, 19), 0, isQuick)).toBe(Number.POSITIVE_INFINITY);
  });
});

const listening = async (listener: RequestListener): Promise<number> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A TCP server has no other kind of address.
  return (server.address() as AddressInfo).port;
};

describe('the open loop', () => {
  const next = (): { path: string; client: string; cookie: string } => ({
    path: '/',
    client: 'a',
    cookie: 'c=1',
  });

  it('keeps its pace where nobody answers, and counts from when a request was due', async () => {
    let asked = 0;
    const seen = Promise.withResolvers<void>();
    const port = await listening((request, response) => {
      asked++;
      expect([request.headers['x-client'], request.headers.cookie]).toEqual(['a', 'c=1']);
      const answer = (): unknown => response.writeHead(503, { 'set-cookie': 'a=b' }).end();
      void Promise.all([sleep(300), seen.promise]).then(answer);
    });
    const load = new OpenLoop({ port, perSecond: 200, next });
    await sleep(250);
    expect(load.samples).toEqual([]);
    await vi.waitUntil(() => asked > 20, { timeout: 10_000 });
    seen.resolve();
    const samples = await load.stop();
    expect(samples).toHaveLength(asked);
    for (const { ms, status, setsCookie } of samples) {
      expect(ms).toBeGreaterThan(295);
      expect([status, setsCookie]).toEqual([503, true]);
    }
  });

  it('tells a failed connection', async () => {
    const port = await listening((request) => request.destroy());
    const load = new OpenLoop({ port, perSecond: 100, next });
    await vi.waitUntil(() => load.samples.length > 2, { timeout: 10_000 });
    const samples = await load.stop();
    expect(samples.length).toBeGreaterThan(2);
    expect(new Set(samples.map(({ status }) => status))).toEqual(new Set([0]));
  });
});

describe('the keeper', () => {
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('ends what its parent left behind, where the parent was killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-keeper-'));
    const parent = fork(new URL('support/leaves-things-behind.ts', import.meta.url), [folder]);
    const [pids]: unknown[] = await once(parent, 'message');
    const [kept, released] = pids as [number, number];
    onTestFinished(() => void process.kill(released, 'SIGKILL'));
    expect([isAlive(kept), isAlive(released), existsSync(folder)]).toEqual([true, true, true]);
    parent.kill('SIGKILL');
    // First the process, then the folder.
    const left = (): boolean[] => [isAlive(kept), existsSync(folder)];
    await vi.waitFor(() => expect(left()).toEqual([false, false]), { timeout: 20_000 });
    expect(isAlive(released)).toBe(true);
  });
});
