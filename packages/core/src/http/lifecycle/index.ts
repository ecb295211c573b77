// What ends a process well, and little else: a worker of a cluster loads it before its program.
export { clockOf } from '../../options/time-and-chance.ts';
export { nameOf, outOfRange, wrongType } from '../../options/validate.ts';
export { report } from '../../events/emitter.ts';
export { processWide } from '../../runtime/process-wide.ts';
export { drain } from './drain.ts';
export { drainTimesOf, isDrainable } from './drain-options.ts';
export { superviseExits, type ExitSupervision } from './exit-signals.ts';
export { FirstSignal } from './first-signal.ts';
export { health } from './health.ts';
export { openBeside } from './open-beside.ts';
export type * from './types.ts';
export { endsOnSignals } from './watched-server.ts';
