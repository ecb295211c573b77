import type {
  CallRecord,
  Ending,
  PolicyDescription,
  Refused,
  Stage,
  StageRole,
} from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CallTimer } from './call-timer.ts';
import type { TimeLimit } from './time-limit.ts';

/** A limit of time in a stack. */
export abstract class LimitStage implements Stage<CallTimer> {
  abstract readonly role: StageRole;
  readonly limit: TimeLimit;

  constructor(limit: TimeLimit) {
    this.limit = limit;
  }

  get clock(): Clock {
    return this.limit.clock;
  }

  get timeoutMs(): number {
    return this.limit.limitMs;
  }

  enter(record: CallRecord, index: number): CallTimer | Refused {
    return this.limit.start(record, index);
  }

  leave(timer: CallTimer, _ending: Ending, _record: CallRecord): undefined {
    this.limit.stop(timer);
  }

  abstract describe(): PolicyDescription;
}
