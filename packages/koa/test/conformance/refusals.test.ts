import { conformance } from '../../../core/test/http/conformance/suite.ts';
import { koaRig } from './rig.ts';

conformance(koaRig, 'refusals');
