import fc from 'fast-check';
import { expect, test } from 'vitest';
import { health } from '../../../../src/http/lifecycle/health.ts';
import type { HealthKind } from '../../../../src/http/lifecycle/health-types.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';
import { CheckModel, HealthModel } from './health-model.ts';
import { ScriptedCheck } from './scripted-check.ts';

const kind = fc.constantFrom<HealthKind>('liveness', 'readiness', 'startup');

const check = fc.record({
  kind,
  timeoutMs: fc.constantFrom(5, 20, 100),
  cacheMs: fc.constantFrom(0, 10, 50),
});

const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('probe' as const), kind }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(60) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      check: fc.nat(3),
      way: fc.constantFrom<'pass' | 'false' | 'reject'>('pass', 'pass', 'false', 'reject'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const) }) },
);

test('whatever is probed, however checks end and time passes, it is as the description says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(check, { maxLength: 4 }),
      fc.array(command, { maxLength: 40 }),
      async (checks, commands) => {
        const clock = new RecordingClock();
        const drain = new AbortController();
        const scripts = checks.map(() => new ScriptedCheck());
        const entries = checks.map((each, at) => [
          `check ${at}`,
          { ...each, run: scripts[at]!.run },
        ]);
        const own = health({ clock, drain, checks: Object.fromEntries(entries) });
        const model = new HealthModel(checks.map((each) => new CheckModel(each.kind, each)));
        const answers = new Map<number, { at: number; status: string }>();
        for (const [id, each] of commands.entries()) {
          if (each.do === 'probe') {
            model.probe(id, each.kind, clock.now());
            void own
              .probe(each.kind)
              .then(({ status }) => answers.set(id, { at: clock.now(), status }));
          } else if (each.do === 'advance') {
            model.advance(clock.now() + each.ms);
            await clock.advanceAsync(each.ms);
          } else if (each.do === 'drain') {
            model.draining = true;
            drain.abort();
          } else if (each.check < checks.length) {
            scripts[each.check]!.end(each.way);
            model.checks[each.check]!.settle(clock.now(), each.way === 'pass');
            model.answer(clock.now());
          }
          await clock.advanceAsync(0);
          expect(answers).toEqual(model.answers);
          expect(scripts.map(({ runs }) => runs)).toEqual(model.checks.map(({ runs }) => runs));
          expect(scripts.map(({ aborted }) => aborted)).toEqual(
            model.checks.map(({ givenUp }) => givenUp),
          );
        }
        own[Symbol.dispose]();
        await clock.advanceAsync(0);
        expect(answers.size).toBe(commands.filter((each) => each.do === 'probe').length);
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
