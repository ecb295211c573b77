import type { Counted, Leased, Metered, Versioned, Written } from '@holdfast/core/stateless';
import type { FrameReader } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import { WireError } from './wire-error.ts';

/** What each answer begins with. */
const METERED = 1;
const COUNTED = 2;
const HELD = 3;
const TURNED_AWAY = 4;
const DONE = 5;
const RECORD = 6;
const NO_RECORD = 7;
const WRITTEN = 8;
const CONFLICT = 9;
const NOTHING_WRITTEN = 10;
const TOUCHED = 11;
const NOTHING_TOUCHED = 12;
/** It came too late, and nothing was done. */
export const STALE = 13;
/** There is no room. */
export const REFUSED = 14;
/** No answer: something happened to the key that follows. */
export const HINT = 15;

/** The most bytes of an answer without data. */
export const ANSWER_BYTES = 64;

/** Reads an answer that begins so. Throws a `WireError` where it answers something else. */
export type ReadAnswer<T> = (from: FrameReader, begin: number) => T;

const expectBegin = (begin: number, expected: number): void => {
  if (begin !== expected) throw new WireError(`answer ${begin} instead of ${expected}`);
};

const writeNumbers = (to: FrameWriter, answer: Metered): void => {
  to.number(answer.units);
  to.number(answer.remaining);
  to.number(answer.retryMs);
  to.number(answer.moreMs);
  to.number(answer.resetMs);
};

const readNumbers = (from: FrameReader): Metered => ({
  units: from.number(),
  remaining: from.number(),
  retryMs: from.number(),
  moreMs: from.number(),
  resetMs: from.number(),
});

export const writeMetered = (to: FrameWriter, answer: Metered): void => {
  to.byte(METERED);
  writeNumbers(to, answer);
};

export const readMetered: ReadAnswer<Metered> = (from, begin) => {
  expectBegin(begin, METERED);
  return readNumbers(from);
};

export const writeCounted = (to: FrameWriter, answer: Counted): void => {
  to.byte(COUNTED);
  writeNumbers(to, answer);
  to.number(answer.span);
};

export const readCounted: ReadAnswer<Counted> = (from, begin) => {
  expectBegin(begin, COUNTED);
  // In the order in which they were written.
  return { ...readNumbers(from), span: from.number() };
};

export const writeLeased = (to: FrameWriter, answer: Leased): void => {
  to.byte(answer.held ? HELD : TURNED_AWAY);
  if (answer.held) {
    to.text(answer.fence);
    to.byte(answer.renewed ? 1 : 0);
  } else to.number(answer.retryMs);
  to.number(answer.holders);
};

export const readLeased: ReadAnswer<Leased> = (from, begin) => {
  if (begin === TURNED_AWAY) return { held: false, retryMs: from.number(), holders: from.number() };
  expectBegin(begin, HELD);
  return {
    held: true,
    fence: from.text(),
    renewed: from.byte() === 1,
    holders: from.number(),
  };
};

export const writeDone = (to: FrameWriter): void => to.byte(DONE);

export const readDone: ReadAnswer<void> = (_from, begin) => expectBegin(begin, DONE);

export const writeVersioned = (to: FrameWriter, answer: Versioned | undefined): void => {
  if (answer === undefined) return to.byte(NO_RECORD);
  to.byte(RECORD);
  to.number(answer.version);
  to.data(answer.data);
  to.number(answer.ttlMs);
};

export const readVersioned: ReadAnswer<Versioned | undefined> = (from, begin) => {
  if (begin === NO_RECORD) return undefined;
  expectBegin(begin, RECORD);
  // A copy: else a few bytes would keep all that was read with them.
  return { version: from.number(), data: Buffer.from(from.data()), ttlMs: from.number() };
};

export const writeWritten = (to: FrameWriter, answer: Written): void => {
  if (answer.ok) to.byte(WRITTEN);
  else to.byte(answer.reason === 'conflict' ? CONFLICT : NOTHING_WRITTEN);
  to.number(answer.version);
};

export const readWritten: ReadAnswer<Written> = (from, begin) => {
  if (begin === WRITTEN) return { ok: true, version: from.number() };
  if (begin === CONFLICT) return { ok: false, reason: 'conflict', version: from.number() };
  expectBegin(begin, NOTHING_WRITTEN);
  return { ok: false, reason: 'gone', version: from.number() };
};

export const writeTouched = (to: FrameWriter, answer: 'ok' | 'gone'): void =>
  to.byte(answer === 'ok' ? TOUCHED : NOTHING_TOUCHED);

export const readTouched: ReadAnswer<'ok' | 'gone'> = (_from, begin) => {
  if (begin === TOUCHED) return 'ok';
  expectBegin(begin, NOTHING_TOUCHED);
  return 'gone';
};
