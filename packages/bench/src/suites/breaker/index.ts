import type { Suite } from '../../harness/suite.ts';
import { closed, inFlight } from './closed.ts';
import { failingCalls } from './failing.ts';
import { idle } from './idle.ts';
import { judged } from './judged.ts';
import { listener } from './listener.ts';
import { pending } from './pending.ts';
import { errorsOfRefusals, refusalResults, refusals } from './refusals.ts';
import { rotating } from './rotating.ts';
import { sustained } from './sustained.ts';
import { sync } from './sync.ts';
import { windowSize } from './window-size.ts';

/** Circuit breakers: time, bytes and turns of one call in every state, memory and sustained load. */
export const breaker: Suite = {
  name: 'breaker',
  packages: ['@holdfast/core', 'opossum', 'cockatiel', 'mollitia'],
  groups: [
    closed,
    rotating,
    inFlight,
    judged,
    listener,
    sync,
    failingCalls,
    windowSize,
    refusals,
    refusalResults,
    errorsOfRefusals,
    idle,
    pending,
    sustained,
  ],
};
