import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, test, vi } from 'vitest';
import { prefixOutput } from '../../src/output/prefix-output.ts';

const LONGEST = 64 * 1_024;

/** A target that takes what it is given at once, or when `take` is called. */
const targetOf = ({ slow = false, highWaterMark = 16_384 } = {}) => {
  const taken: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark,
    write: (chunk: Buffer, _, done) => {
      taken.push(chunk);
      if (slow) waiting.push(done);
      else done();
    },
  });
  const text = () => Buffer.concat(taken).toString();
  return { stream, text, taken, take: () => waiting.shift()?.() };
};

/** What has been written once all of these chunks have come and the source has ended. */
const written = async (chunks: readonly Buffer[], prefix = () => '[0] '): Promise<Buffer> => {
  const { stream, taken } = targetOf();
  const source = Readable.from(chunks);
  prefixOutput(source, stream, prefix);
  await once(source, 'close');
  return Buffer.concat(taken);
};

/** The lines of a text, broken between characters, by hand: character after character. */
const linesOf = (text: string): string[] => {
  const lines: string[] = [];
  for (const whole of text.split('\n')) {
    let line = '';
    let bytes = 0;
    for (const character of whole) {
      const size = Buffer.byteLength(character);
      if (bytes + size > LONGEST) {
        lines.push(line);
        line = '';
        bytes = 0;
      }
      line += character;
      bytes += size;
    }
    lines.push(line);
  }
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  places.sort((one, other) => one - other);
  return places
    .slice(1)
    .map((end, index) => bytes.subarray(places[index], end))
    .filter(({ length }) => length > 0);
};

const word = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\n', '\n\n', '\r\n', 'é', '日本', '👩‍🚀'),
);
const long = fc
  .record({
    before: fc.constantFrom('', '\na', '\naa', '\naaa'),
    character: fc.constantFrom('a', 'é', '日', '👩'),
    times: fc.integer({ min: 15_000, max: 140_000 }),
  })
  .map(({ before, character, times }) => before + character.repeat(times));
const text = fc
  .array(fc.oneof({ weight: 20, arbitrary: word }, { weight: 1, arbitrary: long }), {
    maxLength: 30,
  })
  // Half of a pair of surrogates is no text, and has no bytes of its own.
  .map((words) => words.join('').toWellFormed());
const cuts = fc.array(fc.nat(), { maxLength: 40 });

describe('prefixed output', () => {
  it('is each line after the prefix, in whatever pieces it comes', async () => {
    const property = fc.asyncProperty(text, cuts, async (of, at) => {
      const expected = linesOf(of).map((line) => `[0] ${line}\n`);
      const bytes = await written(cutAt(Buffer.from(of), at));
      expect(bytes.equals(Buffer.from(expected.join('')))).toBe(true);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('loses no byte of what is no text, and breaks it in lines that are not too long', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(0x80, 0xc3, 0xff).map((byte) => new Uint8Array(200_000).fill(byte)),
    );
    const property = fc.asyncProperty(bytes, cuts, async (of, at) => {
      const whole = Buffer.from(of);
      const lines = (await written(cutAt(whole, at), () => '')).toString('latin1').split('\n');
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(LONGEST);
      expect(lines.join('')).toBe(whole.toString('latin1').replaceAll('\n', ''));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('has the prefix of the time at which a line ends', async () => {
    const { stream, text: out } = targetOf();
    const source = new PassThrough();
    let prefix = '[-] ';
    prefixOutput(source, stream, () => prefix);
    source.write('loaded\nhalf ');
    await vi.waitFor(() => expect(out()).toBe('[-] loaded\n'));
    prefix = '[1] ';
    source.end('a line\n\nno end');
    await once(source, 'close');
    expect(out()).toBe('[-] loaded\n[1] half a line\n[1] \n[1] no end\n');
  });

  test('is written up to where a source was cut off, and its error harms nobody', async () => {
    const { stream, text: out } = targetOf();
    const source = new PassThrough();
    prefixOutput(source, stream, () => '[0] ');
    source.write('last words');
    await vi.waitFor(() => expect(source.readableLength).toBe(0));
    source.destroy(new Error('reset'));
    await vi.waitFor(() => expect(out()).toBe('[0] last words\n'));
  });

  test('has the last line at the end of a source that does not close', async () => {
    const { stream, text: out } = targetOf();
    const source = new PassThrough({ autoDestroy: false });
    prefixOutput(source, stream, () => '[0] ');
    source.end('no end');
    await once(source, 'end');
    expect(out()).toBe('[0] no end\n');
  });

  test('keeps lines of many sources apart, with one set of listeners', async () => {
    const { stream, taken, text: out } = targetOf();
    const sources = Array.from({ length: 30 }, () => new PassThrough());
    for (const [index, source] of sources.entries())
      prefixOutput(source, stream, () => `[${index}] `);
    for (const part of ['one ', 'line\n', 'more']) for (const source of sources) source.write(part);
    for (const source of sources) source.end();
    await Promise.all(sources.map((source) => once(source, 'close')));
    const expected = sources.flatMap((_, index) => [`[${index}] one line`, `[${index}] more`]);
    expect(out().trimEnd().split('\n').toSorted()).toEqual(expected.toSorted());
    expect(taken).toHaveLength(60);
    expect(stream.listenerCount('drain')).toBe(1);
    expect(stream.listenerCount('error')).toBe(1);
  });
});

describe('a target that is slow', () => {
  test('has its sources wait, each with one write at most, and loses nothing', async () => {
    const { stream, text: out, take } = targetOf({ slow: true, highWaterMark: 100 });
    const sources = [0, 1].map(() =>
      Readable.from(
        Array.from({ length: 50 }, (_, index) => Buffer.from(`line ${index}\n`.padStart(200))),
      ),
    );
    for (const source of sources) prefixOutput(source, stream, () => '');
    await vi.waitFor(() => expect(sources.every((source) => source.isPaused())).toBe(true));
    expect(stream.writableLength).toBe(400);
    let most = 0;
    const closed: unknown[] = [];
    for (const source of sources) source.on('close', () => closed.push(source));
    while (closed.length < sources.length) {
      most = Math.max(most, stream.writableLength);
      take();
      await new Promise(setImmediate);
    }
    while (stream.writableLength > 0) take();
    expect(most).toBe(400);
    expect(out().match(/line \d+\n/g)).toHaveLength(100);
  });

  test('does not hold on to a source that is gone', async () => {
    const { stream, take } = targetOf({ slow: true, highWaterMark: 10 });
    const source = new PassThrough();
    prefixOutput(source, stream, () => '[0] ');
    source.write('more than it takes at once\n');
    await vi.waitFor(() => expect(source.isPaused()).toBe(true));
    source.destroy();
    await once(source, 'close');
    const resume = vi.spyOn(source, 'resume');
    const drained = once(stream, 'drain');
    take();
    await drained;
    expect(resume).not.toHaveBeenCalled();
  });
});

describe('a target that fails', () => {
  test('has no source wait for it, and what it would have got is dropped', async () => {
    const { stream } = targetOf({ slow: true, highWaterMark: 10 });
    const source = new PassThrough();
    prefixOutput(source, stream, () => '[0] ');
    source.write('more than it takes at once\n');
    await vi.waitFor(() => expect(source.isPaused()).toBe(true));
    stream.destroy(new Error('EPIPE'));
    await vi.waitFor(() => expect(source.isPaused()).toBe(false));
    for (let index = 0; index < 100; index++) source.write(`${'x'.repeat(10_000)}\n`);
    source.end();
    await once(source, 'close');
  });

  test('at once or each time, as standard output does, is tried again with the next lines', async () => {
    let failures = 2;
    const taken: string[] = [];
    const stream = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _, done) => {
        if (failures-- > 0) return done(new Error('ENOSPC'));
        taken.push(String(chunk));
        done();
      },
      // Standard output does so, and is never gone for good.
      destroy(error, done) {
        done(error);
        Reflect.apply(Reflect.get(this, '_undestroy'), this, []);
      },
    });
    const source = new PassThrough();
    prefixOutput(source, stream, () => '');
    for (const line of ['1', '2', '3', '4']) {
      source.write(`${line}\n`);
      await new Promise(setImmediate);
    }
    expect(taken).toEqual(['3\n', '4\n']);
    expect(source.isPaused()).toBe(false);
  });

  test('because it has ended, throws nothing', async () => {
    const { stream, text: out } = targetOf();
    stream.end();
    await once(stream, 'close');
    const source = Readable.from([Buffer.from('late\n')]);
    prefixOutput(source, stream, () => '');
    await once(source, 'close');
    expect(out()).toBe('');
  });
});
