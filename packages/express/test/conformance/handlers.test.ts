import { EMPTY_BODY_SCENARIOS } from '../../../core/test/http/conformance/scenarios/empty-bodies.ts';
import { ENDING_SCENARIOS } from '../../../core/test/http/conformance/scenarios/endings.ts';
import { STREAM_SCENARIOS } from '../../../core/test/http/conformance/scenarios/streams.ts';
import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { expressRig } from './rig.ts';

conformance(expressRig, [...ENDING_SCENARIOS, ...STREAM_SCENARIOS, ...EMPTY_BODY_SCENARIOS]);
