import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { ask, Fleet } from './support/fleet.ts';

interface Said {
  readonly message: { readonly [field: string]: unknown };
  readonly handle: unknown;
}

const overhear = ({ process: child }: Worker): { sent: Said[]; received: Said[] } => {
  const heard: { sent: Said[]; received: Said[] } = { sent: [], received: [] };
  const send = child.send.bind(child);
  Object.assign(child, {
    send: (...given: unknown[]) => {
      heard.sent.push({ message: Object(given[0]), handle: given[1] });
      return Reflect.apply(send, child, given);
    },
  });
  child.on('internalMessage', (message: unknown, handle: unknown) => {
    heard.received.push({ message: Object(message), handle });
  });
  return heard;
};

const find = (heard: readonly Said[], field: string, value: unknown): Said => {
  const found = heard.find(({ message }) => message[field] === value);
  if (found === undefined) throw new Error(`no message whose "${field}" is ${String(value)}`);
  return found;
};

const text = expect.any(String);
const number = expect.any(Number);

// Where this fails on a new Node, read its lib/internal/cluster and teach `internal-messages.ts` what has changed.
it('this version of Node hands connections over by the messages that the rescue knows', async () => {
  await using fleet = new Fleet({ rescued: false });
  const forked = fleet.forkOnly();
  const { sent, received } = overhear(forked);
  await fleet.listening(forked);
  await ask(Number(fleet.ports[0]), { id: '/1', patience: AbortSignal.timeout(10_000) });
  const exit = once(forked, 'exit');
  forked.disconnect();
  await exit;

  const handover = find(sent, 'act', 'newconn');
  expect(handover.message).toStrictEqual({
    cmd: 'NODE_CLUSTER',
    act: 'newconn',
    key: text,
    seq: number,
  });
  expect(handover.handle).toHaveProperty('close', expect.any(Function));

  const { key, seq } = handover.message;
  const listens = find(sent, 'key', key);
  expect(listens.handle).toBeNull();
  expect(listens.message).toStrictEqual({
    cmd: 'NODE_CLUSTER',
    errno: null,
    key,
    ack: number,
    data: null,
    sockname: expect.any(Object),
    seq: number,
  });
  expect(find(received, 'ack', seq).message).toStrictEqual({
    cmd: 'NODE_CLUSTER',
    ack: seq,
    accepted: true,
    seq: number,
  });
  expect(find(sent, 'act', 'disconnect').message).toStrictEqual({
    cmd: 'NODE_CLUSTER',
    act: 'disconnect',
    seq: number,
  });
  expect(find(received, 'act', 'close').message).toStrictEqual({
    cmd: 'NODE_CLUSTER',
    act: 'close',
    key: text,
    seq: number,
  });
});
