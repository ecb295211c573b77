import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RawSockets } from '../../../../src/http/lifecycle/raw-sockets.ts';

/** One of a client that uses one port of its own towards several servers. */
const socketTo = (localPort: number): Socket =>
  Object.defineProperties(new Socket(), {
    remoteAddress: { value: '127.0.0.1' },
    remotePort: { value: 40_000 },
    localAddress: { value: '127.0.0.1' },
    localPort: { value: localPort },
  });

test('who shakes hands with one server is not taken for who does not with another', () => {
  const raw = new RawSockets(() => undefined);
  const [silent, polite] = [socketTo(443), socketTo(8443)];
  raw.openSecure(silent);
  raw.openSecure(polite);
  raw.secured(socketTo(8443));
  raw.cutUnsecured();
  expect([silent.destroyed, polite.destroyed]).toEqual([true, false]);
  raw[Symbol.dispose]();
});
