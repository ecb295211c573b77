import type { Scenario } from './run-scenario.ts';
import { CONTINUE_SCENARIOS } from './scenarios/continue.ts';
import { DEADLINE_SCENARIOS } from './scenarios/deadlines.ts';
import { EMPTY_BODY_SCENARIOS } from './scenarios/empty-bodies.ts';
import { ENDING_SCENARIOS } from './scenarios/endings.ts';
import { ERROR_SCENARIOS } from './scenarios/errors.ts';
import { GUARD_SCENARIOS } from './scenarios/guard.ts';
import { HTTP2_LEAVING_SCENARIOS } from './scenarios/http2-leaving.ts';
import { HTTP2_SESSION_SCENARIOS } from './scenarios/http2-sessions.ts';
import { HTTP2_SCENARIOS } from './scenarios/http2.ts';
import { KEEP_ALIVE_SCENARIOS } from './scenarios/keep-alive.ts';
import { LATE_SCENARIOS } from './scenarios/late-writes.ts';
import { LEAVING_SCENARIOS } from './scenarios/leaving.ts';
import { LIMIT_BY_REQUEST_SCENARIOS } from './scenarios/limits-by-request.ts';
import { LONG_STREAM_SCENARIOS } from './scenarios/long-streams.ts';
import { MOUNT_SCENARIOS } from './scenarios/mounts.ts';
import { NESTED_LIMIT_SCENARIOS } from './scenarios/nested-limits.ts';
import { NESTED_SCENARIOS } from './scenarios/nested.ts';
import { PIPELINING_SCENARIOS } from './scenarios/pipelining.ts';
import { RATE_LIMIT_SCENARIOS } from './scenarios/rate-limits.ts';
import { REFUSAL_SCENARIOS } from './scenarios/refusals.ts';
import { SLOW_UPLOAD_SCENARIOS } from './scenarios/slow-uploads.ts';
import { STREAM_SCENARIOS } from './scenarios/streams.ts';
import { SURROUNDING_SCENARIOS } from './scenarios/surroundings.ts';
import { TIME_LEFT_SCENARIOS } from './scenarios/time-left.ts';
import { UNANSWERED_SCENARIOS } from './scenarios/unanswered.ts';
import { UPLOAD_SCENARIOS } from './scenarios/uploads.ts';

/** All scenarios, in as many themes as a framework has test files: they run side by side. */
export const THEMES = {
  handlers: [
    ENDING_SCENARIOS,
    UNANSWERED_SCENARIOS,
    STREAM_SCENARIOS,
    LONG_STREAM_SCENARIOS,
    EMPTY_BODY_SCENARIOS,
    ERROR_SCENARIOS,
  ].flat(),
  clients: [LEAVING_SCENARIOS, UPLOAD_SCENARIOS, SLOW_UPLOAD_SCENARIOS, CONTINUE_SCENARIOS].flat(),
  connections: [KEEP_ALIVE_SCENARIOS, PIPELINING_SCENARIOS, LATE_SCENARIOS].flat(),
  refusals: [REFUSAL_SCENARIOS, MOUNT_SCENARIOS].flat(),
  stacks: [
    NESTED_SCENARIOS,
    NESTED_LIMIT_SCENARIOS,
    GUARD_SCENARIOS,
    SURROUNDING_SCENARIOS,
    DEADLINE_SCENARIOS,
    TIME_LEFT_SCENARIOS,
    RATE_LIMIT_SCENARIOS,
    LIMIT_BY_REQUEST_SCENARIOS,
  ].flat(),
  http2: [HTTP2_SCENARIOS, HTTP2_LEAVING_SCENARIOS, HTTP2_SESSION_SCENARIOS].flat(),
} satisfies Record<string, readonly Scenario[]>;
