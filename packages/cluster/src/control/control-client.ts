import { connect, type Socket } from 'node:net';
import { assertOptions, clockOf, given, numberIn } from '@holdfast/core/adapter';
import type { Clock } from '@holdfast/core';
import { ClusterError } from '../errors.ts';
import { linesOf } from '../lines/lines-of.ts';
import { Caller } from './caller.ts';
import { controlPathOf } from './control-path.ts';
import { errorOf } from './failure.ts';
import { isHello, MAX_MESSAGE_BYTES, parseMessage } from './parse-message.ts';
import { CONTROL_VERSION } from './protocol.ts';
import type { ControlClient, ControlClientOptions } from './types.ts';

type Lines = ReturnType<typeof linesOf>;

/** Reads the first line; throws unless a supervisor of this version serves there. */
const greet = async (lines: Lines): Promise<void> => {
  const { done, value } = await lines.next();
  if (done === true) throw new Error('it ended before it said anything');
  const hello = parseMessage(value);
  if ('ok' in hello && !hello.ok) throw errorOf(hello);
  if (!isHello(hello)) throw new Error('what serves there is no supervisor');
  if (hello.control === CONTROL_VERSION) return;
  throw new Error(`it speaks version ${hello.control}, this is ${CONTROL_VERSION}`);
};

const open = async (path: string, timeoutMs: number, clock: Clock): Promise<[Socket, Lines]> => {
  const socket = connect({ path });
  socket.on('error', () => undefined); // reading throws it as well
  const limit = clock.setTimer(() => {
    socket.destroy(new Error(`nothing was said within ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    const lines = linesOf(socket, MAX_MESSAGE_BYTES);
    await greet(lines);
    return [socket, lines];
  } catch (cause) {
    socket.destroy();
    throw new ClusterError('HF_CONTROL_FAILED', `no supervisor at "${path}"`, { cause });
  } finally {
    limit[Symbol.dispose]();
  }
};

/**
 * Connects to the supervisor that was given this `controlPath`: a process of the same user can ask it how it is, hear its
 * events, and have it reload, scale or stop.
 *
 * Rejects with `HF_CONTROL_FAILED` where none answers within `timeoutMs`, and with a TypeError or RangeError for a path
 * or an option that is invalid. The connection keeps the process alive until the client is disposed or the supervisor
 * has stopped.
 */
export const controlClient = async (
  path: string,
  options: ControlClientOptions = {},
): Promise<ControlClient> => {
  assertOptions('controlClient', options, ['timeoutMs', 'clock']);
  const timeoutMs = numberIn('timeoutMs', given(options.timeoutMs, 5_000), { above: 0 });
  const clock = clockOf(options.clock);
  const address = controlPathOf('path', path);
  const [socket, lines] = await open(address, timeoutMs, clock);
  return new Caller({ socket, lines, timeoutMs, clock });
};
