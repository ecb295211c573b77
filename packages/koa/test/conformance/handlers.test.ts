import { EMPTY_BODY_SCENARIOS } from '../../../core/test/http/conformance/scenarios/empty-bodies.ts';
import { ENDING_SCENARIOS } from '../../../core/test/http/conformance/scenarios/endings.ts';
import { STREAM_SCENARIOS } from '../../../core/test/http/conformance/scenarios/streams.ts';
import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { koaRig } from './rig.ts';

conformance(koaRig, [...ENDING_SCENARIOS, ...STREAM_SCENARIOS, ...EMPTY_BODY_SCENARIOS]);
