import { MISTAKES } from '../../../core/test/http/conformance/scenarios/self-check.ts';
import { selfCheck } from '../../../core/test/http/conformance/suite.ts';
import { koaRig } from './rig.ts';

selfCheck(koaRig, MISTAKES);
