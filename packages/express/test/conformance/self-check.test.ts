import { MISTAKES } from '../../../core/test/http/conformance/scenarios/self-check.ts';
import { selfCheck } from '../../../core/test/http/conformance/suite.ts';
import { expressRig } from './rig.ts';

selfCheck(expressRig, MISTAKES);
