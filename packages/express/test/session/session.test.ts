import type { Response } from 'express';
import { sessionSuite } from '../../../core/test/http/session-suite/suite.ts';
import { session, sessionOf } from '../../src/index.ts';
import { expressRig } from '../conformance/rig.ts';

sessionSuite({
  rig: expressRig,
  session: (options) => session(options as Parameters<typeof session>[0]),
  sessionOf: ({ response }) => sessionOf(response as Response),
});
