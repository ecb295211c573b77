import * as net from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FixedPortError, withReusePort } from '../../src/worker/fixed-port.ts';

/** How Node itself reads arguments of `listen`: undocumented, and so good for a test only. */
const normalize: (args: readonly unknown[]) => readonly [Record<string, unknown>, unknown] =
  Reflect.get(net, '_normalizeArgs');

const callback = (): void => undefined;
const port = fc.integer({ min: 1, max: 65_535 });
const anyPort = fc.oneof(port, port.map(String));
const host = fc.constantFrom('127.0.0.1', '::', 'localhost');
const backlog = fc.integer({ min: 1, max: 4_096 });
const tail = fc.constantFrom<readonly unknown[]>([], [callback]);

/** Calls for one port, with what Node makes of the backlog of those that are no object. */
const portCalls = fc.oneof(
  fc.tuple(anyPort).map((args) => ({ args, backlog: undefined as number | undefined })),
  fc.tuple(anyPort, host).map((args) => ({ args, backlog: undefined })),
  fc.tuple(anyPort, backlog).map((args) => ({ args, backlog: args[1] })),
  fc.tuple(anyPort, host, backlog).map((args) => ({ args, backlog: args[2] })),
  fc
    .record({ port: anyPort, host, backlog, ipv6Only: fc.boolean() }, { requiredKeys: ['port'] })
    .map((options) => ({ args: [options], backlog: options.backlog })),
);

describe('arguments of listen for a socket of its own', () => {
  it('mean what they meant to Node before, and a socket of its own', () => {
    fc.assert(
      fc.property(portCalls, tail, ({ args, ...call }, rest) => {
        const all = [...args, ...rest];
        const [before, beforeCallback] = normalize(all);
        const [after, afterCallback] = normalize(withReusePort(all));
        expect(after).toEqual({ ...before, backlog: call.backlog, reusePort: true });
        expect(afterCallback).toBe(beforeCallback);
      }),
    );
  });

  it.each([
    [['/tmp/a.sock', callback]],
    [[{ path: '/tmp/a.sock' }]],
    [[{ fd: 3, port: 80 }]],
    [[net.createServer(), callback]],
  ])('are left alone where they name no port: %j', (args) => {
    expect(withReusePort(args)).toBe(args);
  });

  it.each([
    [[]],
    [[callback]],
    [[0]],
    [['0', callback]],
    [[null]],
    [[undefined, 'localhost']],
    [[{ port: 0 }]],
    [[{ port: undefined, host: '::' }]],
  ])('must name a fixed port: not %j', (args) => {
    expect(() => withReusePort(args)).toThrow(FixedPortError);
  });
});
