export { seededRandom } from './seeded-random.ts';
export { answers, fails, hangs, succeeds } from './script.ts';
export type { Script, ScriptedEnding, Step } from './script.ts';
export type { ScriptedCall } from './scripted-call.ts';
export { scripted, type ScriptedDependency, type ScriptedOptions } from './scripted.ts';
export type { TraceEvent } from './trace-event.ts';
export { recordTrace, type Trace, type TraceOptions } from './trace.ts';
export {
  VirtualClock,
  virtualClock,
  type RunUntilSettledOptions,
  type VirtualClockStart,
} from './virtual-clock.ts';
