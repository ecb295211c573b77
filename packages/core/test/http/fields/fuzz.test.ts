import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandOf, UsageError } from '../../../fuzz/command-line.ts';
import { fuzz } from '../../../fuzz/run.ts';
import { lineOf, tableOf } from '../../../fuzz/table.ts';
import type { Target } from '../../../fuzz/target.ts';
import { TARGETS } from '../../../fuzz/targets.ts';

const OPTIONS = { seed: 1, inputs: 2_000 };

/** A parser that has nothing to complain about. */
const sound: Target = {
  name: 'sound',
  samples: ['sample', 'other'],
  letters: 'abc',
  read: (text) => text.length,
  accepts: () => true,
  complaint: () => undefined,
};

const foundIn = (part: Partial<Target>): readonly string[] =>
  fuzz([{ ...sound, ...part }], OPTIONS).findings.map(({ complaint }) => complaint);

const run = (...args: string[]): Promise<{ code: unknown; out: string }> =>
  new Promise((resolve) => {
    const main = fileURLToPath(new URL('../../../fuzz/main.ts', import.meta.url));
    execFile(process.execPath, ['--no-warnings', main, ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, out: stdout + stderr }),
    );
  });

describe('every parser of a field', () => {
  const { tallies, findings } = fuzz(TARGETS, { seed: 20_260_101, inputs: 20_000 });

  it('reads some thousand texts without a throw, in less than a millisecond each', () => {
    expect(findings.map(lineOf)).toEqual([]);
  });

  it.each(tallies.map((tally) => [tally.name, tally] as const))(
    'meets texts that it takes and texts that it does not, and some that were written: %s',
    (_, { inputs, accepted, roundTrips, slowestMs }) => {
      expect(accepted).toBeGreaterThan(inputs * 0.2);
      expect(accepted).toBeLessThan(inputs * 0.8);
      expect(roundTrips).toBeGreaterThan(inputs * 0.1);
      expect(slowestMs).toBeGreaterThan(0);
    },
  );
});

describe('a finding is', () => {
  it('a throw', () => {
    const read = (): never => {
      throw new Error('oh');
    };
    expect(foundIn({ read })[0]).toBe('it threw Error: oh');
  });

  it('a millisecond, unless it is over when the text comes again', () => {
    const wait = (ms: number): void => {
      for (const end = performance.now() + ms; performance.now() < end;);
    };
    let calls = 0;
    expect(foundIn({ read: (text) => wait(text.length > 2_000 ? 1.1 : 0) })[0]).toMatch(
      /^it took \d\.\d{3} ms$/,
    );
    expect(foundIn({ read: () => wait(calls++ % 100 === 0 ? 1.1 : 0) })).toEqual([]);
  });

  it('a complaint about an answer', () => {
    expect(foundIn({ complaint: (value) => `no answer is ${String(value)}` })[0]).toMatch(
      /^no answer is \d+$/,
    );
  });

  it('a text that is not read as it was written', () => {
    expect(foundIn({ write: () => ({ text: 'ab', meaning: '2' }) })).toEqual([]);
    expect(foundIn({ write: () => ({ text: 'ab', meaning: '3' }) })[0]).toBe('3 was read as 2');
  });

  it('told a few times for each parser, and counted always', () => {
    const { tallies, findings } = fuzz([{ ...sound, complaint: () => 'no' }], OPTIONS);
    expect(findings).toHaveLength(5);
    expect(tallies[0]?.findings).toBe(2_000);
    expect(tableOf(tallies)[1]).toMatch(/^sound +2,000 +100 % +0 +\d+ µs +2000$/);
  });

  it('a line, however long the text', () => {
    const line = lineOf({ target: 'x', text: '\n"'.repeat(500), complaint: 'no' });
    expect(line).toMatch(/^FINDING {2}x: no; the input was ".*" and 800 more letters$/);
  });
});

describe('a seed', () => {
  const textsOf = (seed: number): readonly string[] => {
    const texts: string[] = [];
    const read = (text: string): void => void texts.push(text);
    fuzz([{ ...sound, read }], { seed, inputs: 200 });
    // A text that took longer than any before was read several times.
    return texts.filter((text, index) => text !== texts[index - 1]);
  };

  it('gives the same texts each time, and another one others', () => {
    expect(textsOf(7)).toEqual(textsOf(7));
    expect(textsOf(7)).not.toEqual(textsOf(8));
  });
});

describe('the command', () => {
  it('prints its seed and a line for each parser', async () => {
    const { code, out } = await run('--seed', '5', '--inputs', '1400');
    expect(code).toBe(0);
    expect(out).toMatch(/^seed 5\n/);
    for (const { name } of TARGETS) expect(out).toContain(`\n${name} `);
  });

  it('says how it is called', async () => {
    const { code, out } = await run('--input', '5');
    expect(code).toBe(2);
    expect(out).toContain('usage: pnpm fuzz [--seed <n>] [--inputs <n>]');
  });

  it('takes a million inputs and any seed unless told otherwise', () => {
    const { seed, inputs } = commandOf([]);
    expect(inputs).toBe(1_000_000);
    expect(seed).toBeGreaterThanOrEqual(0);
    expect(commandOf(['--seed', '0', '--inputs', '1'])).toEqual({ seed: 0, inputs: 1 });
  });

  it.each([['--inputs', '0'], ['--inputs', '1e6'], ['--seed', '-1'], ['--seed', 'x'], ['more']])(
    'does not take %s %s',
    (...args) => {
      expect(() => commandOf(args)).toThrow(UsageError);
    },
  );
});
