import { HTTP2_SESSION_SCENARIOS } from '../../../core/test/http/conformance/scenarios/http2-sessions.ts';
import { HTTP2_SCENARIOS } from '../../../core/test/http/conformance/scenarios/http2.ts';
import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { koaRig } from './rig.ts';

conformance(koaRig, [...HTTP2_SCENARIOS, ...HTTP2_SESSION_SCENARIOS]);
