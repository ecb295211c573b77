import { MOUNT_SCENARIOS } from '../../../core/test/http/conformance/scenarios/mounts.ts';
import { REFUSAL_SCENARIOS } from '../../../core/test/http/conformance/scenarios/refusals.ts';
import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { expressRig } from './rig.ts';

conformance(expressRig, [...REFUSAL_SCENARIOS, ...MOUNT_SCENARIOS]);
