import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/command-line.ts';
import { Deployment } from '../src/disrupt/app/deployment.ts';
import { chosen, commandOf } from '../src/disrupt/command-line.ts';
import type { Contestant } from '../src/disrupt/fleet/fleet.ts';
import { Lines } from '../src/disrupt/fleet/lines.ts';
import { goneAt, killAll, processorMs } from '../src/disrupt/fleet/processes.ts';
import { scenarios } from '../src/disrupt/index.ts';
import { densest } from '../src/disrupt/load/densest.ts';
import { Ledger, type Failure } from '../src/disrupt/load/ledger.ts';
import { whoseFailures } from '../src/disrupt/load/whose.ts';
import { isSound } from '../src/disrupt/report/outcome.ts';
import { outcomeLines, sumLines } from '../src/disrupt/report/text.ts';
import { promisesOf, rowsOf, showEach } from '../src/disrupt/show.ts';
import { always, atMost, never, told } from '../src/faults/finding.ts';
import { Keeping } from '../src/faults/processes/keeping.ts';

describe('the command line', () => {
  it('runs everything on Node 26, and says so much less with --quick', () => {
    const usual = {
      only: '',
      nodes: ['26.10.0'],
      rounds: 9,
      quick: false,
      peers: false,
      json: false,
    };
    expect(commandOf([])).toEqual(usual);
    expect(commandOf(['--quick', '--peers', '--json'])).toEqual({
      ...usual,
      rounds: 3,
      quick: true,
      peers: true,
      json: true,
    });
    expect(commandOf(['--node=all']).nodes).toHaveLength(3);
    expect(commandOf(['--node=22', '--rounds=31'])).toMatchObject({
      nodes: ['22.19.0'],
      rounds: 31,
    });
  });

  it.each([['--node=20'], ['--node=2'], ['--rounds=2'], ['--rounds=many'], ['reload'], ['--only']])(
    'refuses %s',
    (arg) => {
      expect(() => commandOf([arg])).toThrow(UsageError);
    },
  );

  it('chooses scenarios by a part of their ids', () => {
    expect(chosen(scenarios, '')).toEqual(scenarios);
    expect(chosen(scenarios, 'orphan').map(({ id }) => id)).toEqual(['orphans']);
    expect(() => chosen(scenarios, 'nothing')).toThrow(UsageError);
    expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
  });
});

describe('restarts in a window', () => {
  it('are those of the fullest one, wherever it lies', () => {
    const times = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 20 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 40 }), (all, span) => {
        const counts = all.map((from) => all.filter((at) => at >= from && at < from + span).length);
        expect(densest(all, span)).toBe(Math.max(0, ...counts));
      }),
    );
  });
});

describe('failures as a worker is killed', () => {
  const failure = (given: Partial<Failure>): Failure => ({
    ending: 'lost',
    sentAt: 990,
    who: '7',
    ...given,
  });

  it('are its own where it had answered on the connection before', () => {
    const failures = [failure({}), failure({ sentAt: 1_070 }), failure({ ending: 'stranded' })];
    expect(whoseFailures(failures, '7', 1_000)).toEqual({ own: 3, unknown: 0, others: 0 });
  });

  it('are of nobody known on a new connection', () => {
    expect(whoseFailures([failure({ who: undefined })], '7', 1_000)).toEqual({
      own: 0,
      unknown: 1,
      others: 0,
    });
  });

  it.each<[string, Partial<Failure>]>([
    ['on a connection to another worker', { who: '8' }],
    ['of a new connection after the kill', { sentAt: 1_050, who: undefined }],
    ['that are refused connections', { ending: 'refused', who: undefined }],
  ])('have no excuse where they are those %s', (_, given) => {
    expect(whoseFailures([failure(given)], '7', 1_000)).toEqual({ own: 0, unknown: 0, others: 1 });
  });
});

describe('what clients write down', () => {
  it('counts every request, and keeps the longest wait and the last answers', () => {
    const ledger = new Ledger();
    const now = performance.now();
    ledger.answer('7', now - 10);
    ledger.answer('8', now);
    ledger.fail({ ending: 'refused', sentAt: now - 500, who: undefined });
    ledger.fail({ ending: 'lost', sentAt: now, who: '7' });
    expect(ledger.requests).toBe(4);
    expect(['refused', 'lost', 'stranded'].map((each) => ledger.count(each as 'lost'))).toEqual([
      1, 1, 0,
    ]);
    expect(ledger.longestMs).toBeGreaterThan(499);
    expect([...ledger.lastAnswerAt.keys()]).toEqual(['7', '8']);
  });
});

describe('what contestants show', () => {
  const contestants = ['good', 'bad'].map((name): Contestant => ({
    name,
    side: 'peer',
    start: () => Promise.reject(new Error('not here')),
  }));
  const show = ({ name }: Contestant): Promise<number> =>
    name === 'good' ? Promise.resolve(1) : Promise.reject(new Error('broke\nand so on'));

  it('is a row for everybody, also for one that fails, and a promise missed for that one', async () => {
    const silent = console.error;
    console.error = () => undefined;
    const showings = await showEach(contestants, show).finally(() => (console.error = silent));
    expect(rowsOf(showings, (shown) => [`${shown}`])).toEqual([
      ['good', '1'],
      ['bad', 'failed: broke'],
    ]);
    const promises = (shown: number) => [never('lost', shown - 1, 5)];
    expect(promisesOf(showings, 'good', promises)).toEqual([never('good: lost', 0, 5)]);
    expect(isSound({ findings: promisesOf(showings, 'bad', promises) })).toBe(false);
  });
});

describe('the report', () => {
  const outcome = {
    id: 'kill',
    title: 'kill -9',
    node: '26.10.0',
    seconds: 2,
    tables: [{ headings: ['', 'lost'], rows: [['Holdfast', '0']] }],
    findings: [never('lost', 0, 10), atMost('wait', 70, 60, 'ms'), told('rate', 5)],
  };

  it('says what holds, what falls short and what was only told', () => {
    expect(outcomeLines(outcome)).toEqual([
      '',
      'kill -9 [kill, node 26.10.0, 2 s]',
      '          lost',
      'Holdfast     0',
      'holds        lost: 0 of 10 (promised: 0)',
      'FALLS SHORT  wait: 70 ms (promised: at most 60 ms)',
      'told         rate: 5',
    ]);
    expect(sumLines([outcome])).toEqual(['', '1 promises hold, 1 FALL SHORT']);
    expect(isSound(outcome)).toBe(false);
    expect(isSound({ findings: [always('done', 2, 2)] })).toBe(true);
  });

  it('takes nothing of nothing for no proof', () => {
    expect(isSound({ findings: [never('lost', 0, 0)] })).toBe(false);
  });
});

describe('the deployed service', () => {
  it('is the same file for everybody, and knows of no Holdfast', () => {
    const keeping = new Keeping();
    const deployment = Deployment.make(keeping);
    const service = readFileSync(join(deployment.folder, 'service.mjs'), 'utf8');
    expect(service.match(/from '(?!node:)[^']+'/g)).toEqual(["from './starts.mjs'"]);
    expect(readFileSync(deployment.program, 'utf8')).toContain('service.mjs');
    deployment.deploy('crashes-at-start');
    expect(readFileSync(deployment.program, 'utf8')).toContain('throw');
    expect(deployment.startTimes()).toEqual([]);
    deployment.remove();
    keeping.end();
    expect(existsSync(deployment.folder)).toBe(false);
  });
});

describe('processes', () => {
  it('are seen to go, and their time is counted until then', async () => {
    const { pid = 0 } = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e3)']);
    expect(await goneAt(pid, 20)).toBeUndefined();
    expect(typeof processorMs([pid])).toBe(process.platform === 'linux' ? 'number' : 'undefined');
    await killAll([pid]);
    expect(await goneAt(pid, 20)).toBeDefined();
    expect(processorMs([pid, 2 ** 30])).toBeUndefined();
  });

  it('are heard line by line', () => {
    const stream = new PassThrough();
    const lines = new Lines(stream);
    const heard: string[] = [];
    lines.on((line) => heard.push(line));
    stream.write('one\ntw');
    stream.write('o\nthree');
    stream.read();
    return new Promise<void>((resolve) => {
      setImmediate(() => {
        expect(heard).toEqual(['one', 'two']);
        expect(lines.tail).toBe('one\ntwo');
        resolve();
      });
    });
  });
});
