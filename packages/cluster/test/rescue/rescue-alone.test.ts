import { describe, expect, it } from 'vitest';
import { expectInvalid } from '../../../core/test/support/invalid-option.ts';
import { rescueConnections } from '../../src/rescue/rescue-connections.ts';
import { ChildEnd, workerOf } from './support/child-end.ts';
import { Connection } from './support/round-robin.ts';

const handover = (seq: number) => ({ cmd: 'NODE_CLUSTER', act: 'newconn', key: 'here', seq });

describe('the rescue of one worker', () => {
  it('is for workers alone', () => {
    for (const value of [undefined, null, {}, new ChildEnd()])
      expectInvalid(() => Reflect.apply(rescueConnections, undefined, [value]), {
        type: TypeError,
        option: 'worker',
        value,
      });
  });

  it('leaves the worker as it was when it is disposed of, and closes nothing', () => {
    const child = new ChildEnd();
    const { send, disconnect } = child;
    const worker = workerOf(child);
    const connection = new Connection();
    const rescue = rescueConnections(worker);
    expect(child.send).not.toBe(send);
    child.send(handover(1), connection);
    rescue[Symbol.dispose]();
    rescue[Symbol.dispose]();
    expect([child.send, child.disconnect]).toEqual([send, disconnect]);
    expect(child.listenerCount('internalMessage')).toBe(0);
    expect(worker.eventNames()).toEqual([]);
    child.reachEnd();
    child.exit();
    expect(connection.isClosed).toBe(false);
  });

  it('has nothing to do for a worker that could not be started', () => {
    const child = new ChildEnd();
    const { send } = child;
    child.connected = false;
    using rescue = rescueConnections(workerOf(child));
    expect(rescue.rescued).toBe(0);
    expect(child.send).toBe(send);
  });

  it('leaves alone what somebody else has put in the place of its own', () => {
    const child = new ChildEnd();
    const rescue = rescueConnections(workerOf(child));
    const ours = child.send;
    const theirs = (...given: Parameters<ChildEnd['send']>): boolean => ours(...given);
    child.send = theirs;
    rescue[Symbol.dispose]();
    expect(child.send).toBe(theirs);
    expect(child.send(handover(1))).toBe(true);
    expect(child.inbox).toHaveLength(1);
  });

  it('passes on the messages of others, with all that belongs to them', () => {
    const given: unknown[][] = [];
    const child = new ChildEnd();
    child.send = (...all: unknown[]) => given.push(all) > 0;
    using rescue = rescueConnections(workerOf(child));
    const messages = [
      'text',
      null,
      7,
      { cmd: 'NODE_CLUSTER' },
      { act: 'newconn', seq: 1, key: 'k' },
    ];
    const callback = (): void => {};
    for (const message of messages)
      Reflect.apply(child.send, child, [message, undefined, {}, callback]);
    expect(given).toEqual(messages.map((message) => [message, undefined, {}, callback]));
    expect(rescue.rescued).toBe(0);
  });
});
