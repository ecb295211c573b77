import { DEADLINE_SCENARIOS } from '../../../core/test/http/conformance/scenarios/deadlines.ts';
import { ERROR_SCENARIOS } from '../../../core/test/http/conformance/scenarios/errors.ts';
import { GUARD_SCENARIOS } from '../../../core/test/http/conformance/scenarios/guard.ts';
import { NESTED_SCENARIOS } from '../../../core/test/http/conformance/scenarios/nested.ts';
import { RATE_LIMIT_SCENARIOS } from '../../../core/test/http/conformance/scenarios/rate-limits.ts';
import { SURROUNDING_SCENARIOS } from '../../../core/test/http/conformance/scenarios/surroundings.ts';
import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { koaRig } from './rig.ts';

conformance(koaRig, [
  ...ERROR_SCENARIOS,
  ...NESTED_SCENARIOS,
  ...GUARD_SCENARIOS,
  ...DEADLINE_SCENARIOS,
  ...RATE_LIMIT_SCENARIOS,
  ...SURROUNDING_SCENARIOS,
]);
