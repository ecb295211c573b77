import { selfCheck } from '../../../core/test/http/conformance/suite.ts';
import { expressRig } from './rig.ts';

selfCheck(expressRig);
