import { CONTINUE_SCENARIOS } from '../../../core/test/http/conformance/scenarios/continue.ts';
import { KEEP_ALIVE_SCENARIOS } from '../../../core/test/http/conformance/scenarios/keep-alive.ts';
import { LATE_SCENARIOS } from '../../../core/test/http/conformance/scenarios/late-writes.ts';
import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { expressRig } from './rig.ts';

conformance(expressRig, [...KEEP_ALIVE_SCENARIOS, ...CONTINUE_SCENARIOS, ...LATE_SCENARIOS]);
