import fc from 'fast-check';
import type {
  HalfOpenSettings,
  OpenSettings,
  RateSettings,
  RuleSettings,
  Settings,
  SettingsPatch,
} from './settings.ts';

const of = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const ratesUpTo = (size: number): fc.Arbitrary<RateSettings> =>
  fc.oneof(
    fc.record({ failureRate: of(0.25, 0.5, 0.6, 1), minCalls: fc.integer({ min: 1, max: size }) }),
    fc.record({
      slowMs: of(10, 30),
      slowRate: of(0.25, 0.5, 1),
      minCalls: fc.integer({ min: 1, max: size }),
    }),
    fc.record(
      {
        failureRate: of(0.25, 0.5, 1),
        slowMs: of(10, 30),
        minCalls: fc.integer({ min: 1, max: size }),
      },
      { requiredKeys: [] },
    ),
    fc.record({ failureRate: of(0.5, 1), slowMs: of(20), slowRate: of(0.3, 0.5) }),
  );

const countWindows = fc
  .integer({ min: 1, max: 6 })
  .chain((size) =>
    fc.record({ kind: of('count-window' as const), size: of(size), rates: ratesUpTo(size) }),
  );

const timeWindows = fc
  .tuple(of([1000, 10], [1000, 4], [400, 1], [100, 2], [900, 3], [1000, 3]), ratesUpTo(5))
  .map(([[spanMs = 0, slices = 0], rates]) => ({
    kind: 'time-window' as const,
    spanMs,
    slices,
    rates,
  }));

const rule: fc.Arbitrary<RuleSettings> = fc.oneof(
  fc.record({ kind: of('consecutive' as const), failures: fc.integer({ min: 1, max: 4 }) }),
  countWindows,
  timeWindows,
  fc.record({
    kind: of('trip-when' as const),
    failures: fc.integer({ min: 1, max: 4 }),
    streak: fc.integer({ min: 1, max: 4 }),
    slow: fc.integer({ min: 1, max: 3 }),
    throwsAtTotal: fc.integer({ min: 1, max: 5 }),
  }),
);

const rules: fc.Arbitrary<readonly RuleSettings[]> = fc.array(rule, { minLength: 1, maxLength: 3 });

// Multiples of 64 times sixteenths of chance: every break is a whole number of milliseconds.
const openParts = {
  baseMs: of(0, 64, 128, 192),
  factor: of(1, 2, 3),
  maxMs: of(192, 448, 640),
  jitter: of(0, 0.25, 0.5),
  stableForMs: of(0, 200, 800),
};

const open: fc.Arbitrary<OpenSettings> = fc
  .tuple(fc.record(openParts), fc.option(of(64, 320, 1024), { nil: undefined }))
  .map(([parts, maxOpenForMs]) =>
    maxOpenForMs === undefined ? parts : { ...parts, maxOpenForMs },
  );

const halfOpenParts = {
  probes: of(1, 2, 3),
  allowedFailures: of(0, 1, 2),
  concurrency: of(1, 2, 3),
  leaseMs: of(30, 90, 250),
  onLeaseExpiry: of<'reopen' | 'readmit'>('reopen', 'readmit'),
  ramp: of<HalfOpenSettings['ramp']>(false, { from: 0.25, overMs: 200 }, { from: 0.5, overMs: 90 }),
};

const overflow = of<HalfOpenSettings['overflow']>(
  false,
  { waitMs: 40, max: 2 },
  { waitMs: 300, max: 3 },
);

const halfOpen = (mayWait: boolean): fc.Arbitrary<HalfOpenSettings> =>
  fc.record({
    ...halfOpenParts,
    overflow: mayWait ? overflow : of<HalfOpenSettings['overflow']>(false),
  });

/** Random options; only runs that use promises let calls wait. */
export const settings = (mayWait: boolean): fc.Arbitrary<Settings> =>
  fc.record({
    rules,
    open,
    halfOpen: halfOpen(mayWait),
    judge: of<Settings['judge']>('nobody', 'nobody', 'classify', 'isFailure'),
    callerTimeout: of<Settings['callerTimeout']>('failure', 'ignore'),
    blameAfterMs: of(0, 50),
    eager: of(false, false, true),
    seed: fc.nat(),
    observed: fc.boolean(),
  });

/** Random changes of options. */
export const patches: fc.Arbitrary<SettingsPatch> = fc.record(
  {
    rules,
    open: fc.record(openParts, { requiredKeys: [] }),
    halfOpen: fc.record({ ...halfOpenParts, overflow }, { requiredKeys: [] }),
    callerTimeout: of<Settings['callerTimeout']>('failure', 'ignore'),
    blameAfterMs: of(0, 50),
    eager: fc.boolean(),
  },
  { requiredKeys: [] },
);
