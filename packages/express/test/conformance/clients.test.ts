import { LEAVING_SCENARIOS } from '../../../core/test/http/conformance/scenarios/leaving.ts';
import { UPLOAD_SCENARIOS } from '../../../core/test/http/conformance/scenarios/uploads.ts';
import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { expressRig } from './rig.ts';

conformance(expressRig, [...LEAVING_SCENARIOS, ...UPLOAD_SCENARIOS]);
