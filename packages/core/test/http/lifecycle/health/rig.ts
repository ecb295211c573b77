import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { health } from '../../../../src/http/lifecycle/health.ts';
import type {
  Health,
  HealthKind,
  HealthOptions,
} from '../../../../src/http/lifecycle/health-types.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';

export interface Rig {
  readonly clock: RecordingClock;
  readonly own: Health;
  status(kind: HealthKind): Promise<'pass' | 'fail'>;
}

/** A health on a virtual clock. */
export const rigOf = (options: HealthOptions = {}): Rig => {
  const clock = new RecordingClock();
  const own = health({ clock, ...options });
  return { clock, own, status: async (kind) => (await own.probe(kind)).status };
};

/** A request as a server would get it. */
export const asked = (url: string, method = 'GET'): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { url, method });

export const boom: Error = new Error('boom');

/** A check that fails. */
export const fails = (): never => {
  throw boom;
};
