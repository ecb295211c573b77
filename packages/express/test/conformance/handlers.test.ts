import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { expressRig } from './rig.ts';

conformance(expressRig, 'handlers');
