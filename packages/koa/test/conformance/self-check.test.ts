import { selfCheck } from '../../../core/test/http/conformance/suite.ts';
import { koaRig } from './rig.ts';

selfCheck(koaRig);
