import { circuitBreaker, pipeline, retry, retryBudget, timeout } from '@holdfast/core';
import type { RetryBudget } from '@holdfast/core';
import type { Clock, Executable, Random } from '@holdfast/core';
import type { Stack } from './outage.ts';

export const TIMEOUT_MS = 1_000;

const retrying = (
  clock: Clock,
  random: Random,
  budget: RetryBudget | false | undefined,
  ...inside: readonly Executable[]
): Executable =>
  pipeline(retry({ clock, random, budget }), ...inside, timeout({ timeoutMs: TIMEOUT_MS, clock }));

/** Three attempts each, and what bounds them. */
export const STACKS = {
  bare: (clock, random) => retrying(clock, random, false),
  budget: (clock, random) => retrying(clock, random, undefined),
  'budget, 2 s of credit': (clock, random) =>
    retrying(clock, random, retryBudget({ spanMs: 2_000, clock })),
  'budget without a floor': (clock, random) =>
    retrying(clock, random, retryBudget({ floorPerSecond: 0, clock })),
  'budget + breaker': (clock, random) =>
    retrying(clock, random, undefined, circuitBreaker({ name: 'dependency', clock, random })),
} as const satisfies Readonly<Record<string, Stack>>;

export type StackName = keyof typeof STACKS;
