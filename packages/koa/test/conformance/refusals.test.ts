import { MOUNT_SCENARIOS } from '../../../core/test/http/conformance/scenarios/mounts.ts';
import { REFUSAL_SCENARIOS } from '../../../core/test/http/conformance/scenarios/refusals.ts';
import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { koaRig } from './rig.ts';

conformance(koaRig, [...REFUSAL_SCENARIOS, ...MOUNT_SCENARIOS]);
