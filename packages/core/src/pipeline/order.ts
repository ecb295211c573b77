import type { Stage, StageRole } from './stage.ts';

interface Placed {
  readonly role: StageRole | undefined;
  readonly name: string;
  readonly policy: string;
}

/** The first place of a role, and the last. */
const placesOf = (stages: readonly Placed[], role: StageRole): { first: number; last: number } => {
  const places = stages.flatMap((stage, place) => (stage.role === role ? [place] : []));
  return { first: places.at(0) ?? Infinity, last: places.at(-1) ?? -1 };
};

const quoted = ({ policy, name }: Placed): string => `${policy} "${name}"`;

const judgeOutsideRepeat = (stages: readonly Placed[]): string[] => {
  const repeat = placesOf(stages, 'repeats').last;
  return stages
    .filter(({ role }, place) => role === 'judges' && place < repeat)
    .map(
      (stage) =>
        `${quoted(stage)} stands outside a retry: it sees one outcome for several calls, and the retry` +
        ' goes on calling what it would have stopped. Put it inside the retry',
    );
};

const attemptEndOutsideRepeat = (stages: readonly Placed[]): string[] => {
  const repeat = placesOf(stages, 'repeats').last;
  if (placesOf(stages, 'ends-operation').first < repeat) return [];
  return stages
    .filter(({ role }, place) => role === 'ends-attempt' && place < repeat)
    .map(
      (stage) =>
        `${quoted(stage)} stands outside a retry: an attempt that hangs takes the time of all others.` +
        ' Put a timeout inside the retry and a deadline outside',
    );
};

/** What is wrong with the order of a stack, in words; nothing when it is one to recommend. */
const orderFaults = (stages: readonly Stage[]): string[] => {
  const placed = stages.map((stage): Placed => ({ role: stage.role, ...stage.describe() }));
  return [...judgeOutsideRepeat(placed), ...attemptEndOutsideRepeat(placed)];
};

const warned = new Set<string>();

/** Warns of an order that hurts, once a process for each. */
export const warnOfOrder = (stages: readonly Stage[]): void => {
  for (const fault of orderFaults(stages)) {
    if (warned.has(fault)) continue;
    warned.add(fault);
    process.emitWarning(fault, { code: 'HF_POLICY_ORDER', type: 'HoldfastWarning' });
  }
};
