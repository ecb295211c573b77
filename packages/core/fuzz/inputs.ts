import type { Chance } from './chance.ts';
import type { Target } from './target.ts';

/** As long as a field can be where Node was told to take four times as much as usual. */
const LONGEST = 65_536;
const LENGTHS = [3, 10, 30, 100, 300, 1_000, 1_024, 2_048, 8_192, 16_384];

/** Runs of these have cost parsers dearly before. */
const NASTY = [
  '"',
  '\\"',
  '\\',
  ',',
  ';',
  '=',
  ' ',
  '\t',
  '(',
  ')',
  ':',
  '[',
  '%"',
  ', "',
  '\0',
  'é',
];

const lengthOf = (chance: Chance): number =>
  chance.once(50) ? LONGEST : chance.pick(LENGTHS.slice(0, chance.once(10) ? undefined : 5));

const repeated = (piece: string, length: number): string =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** Bytes as Node gives them, or letters that no byte can be. */
const anyText = (chance: Chance): string => {
  const codes = Array.from({ length: chance.below(60) }, () =>
    chance.once(40) ? chance.below(0x1_00_00) : chance.below(256),
  );
  return String.fromCharCode(...codes);
};

const spelt = ({ letters }: Target, chance: Chance): string => {
  let text = '';
  for (let left = chance.below(40); left > 0; left--) text += chance.pick(letters);
  return text;
};

const pieceOf = (target: Target, chance: Chance): string => {
  if (chance.once(3)) return chance.pick(NASTY);
  return chance.once(2) ? chance.pick(target.letters) : chance.pick(target.samples);
};

/** One change to a text: something put in, left out, doubled, cut off. */
const edited = (text: string, target: Target, chance: Chance): string => {
  const at = chance.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + chance.below(6));
  const [left, right] = [text.slice(0, at), text.slice(at)];
  const edits = [
    () => left + pieceOf(target, chance) + right,
    () => left + text.slice(end),
    () => left + text.slice(at, end) + right,
    () => left + pieceOf(target, chance) + text.slice(end),
    () => (chance.once(2) ? left : right),
    () => text + chance.pick([',', ', ', ';', '']) + chance.pick(target.samples),
  ];
  return chance.pick(edits)();
};

const mutated = (target: Target, chance: Chance): string => {
  let text = chance.pick(target.samples);
  for (let edits = chance.below(4); edits > 0; edits--) text = edited(text, target, chance);
  return text;
};

/** Runs of one thing or two, nested or side by side, with something well formed at an end. */
const nasty = (target: Target, chance: Chance): string => {
  const [first, second] = [pieceOf(target, chance), pieceOf(target, chance)];
  const run = repeated(chance.once(2) ? first : first + second, lengthOf(chance));
  const shapes = [run, run + chance.pick(target.samples), chance.pick(target.samples) + run];
  return chance.pick([...shapes, run + repeated(second, run.length)]);
};

/** A text for a parser: mostly well-formed ones changed a little, else noise, runs, long ones. */
export const inputFor = (target: Target, chance: Chance): string => {
  const kind = chance.below(20);
  if (kind < 11) return mutated(target, chance);
  if (kind < 14) return spelt(target, chance);
  return kind < 17 ? anyText(chance) : nasty(target, chance);
};
