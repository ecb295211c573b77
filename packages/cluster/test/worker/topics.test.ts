import { describe, expect, it } from 'vitest';
import type { FromWorker } from '../../src/protocol/messages.ts';
import { Topics } from '../../src/worker/topics.ts';

const rig = (refusal?: Error) => {
  const sent: FromWorker[] = [];
  const failed: unknown[] = [];
  const topics = new Topics(
    (message) => {
      if (message.holdfast === 'answer' && refusal !== undefined) return refusal;
      sent.push(message);
      return undefined;
    },
    (error, topic) => failed.push([topic, error]),
  );
  return { sent, failed, topics };
};

describe('a request', () => {
  it.each([
    ['at once', (data: unknown) => [data]],
    ['later', async (data: unknown) => [data]],
  ])('is answered with what its handler gives %s', async (_when, handler) => {
    const { sent, topics } = rig();
    topics.add('t', handler);
    await topics.request({ id: 7, topic: 't', data: 1 });
    expect(sent).toStrictEqual([{ holdfast: 'answer', id: 7, value: [1] }]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    // eslint-disable-next-line prefer-promise-reject-errors
    ['rejects with no error', () => Promise.reject('boom')],
  ])('fails where its handler %s', async (_how, handler) => {
    const { sent, failed, topics } = rig();
    topics.add('t', handler);
    await topics.request({ id: 7, topic: 't', data: 1 });
    expect(sent).toStrictEqual([{ holdfast: 'failure', id: 7, detail: 'boom' }]);
    expect(failed).toStrictEqual([]);
  });

  it('fails also with what is no error and has no text', async () => {
    const { sent, topics } = rig();
    topics.add('t', () => Promise.reject(Object.create(null)));
    await topics.request({ id: 7, topic: 't', data: 1 });
    expect(sent).toMatchObject([{ holdfast: 'failure', id: 7 }]);
  });

  it('fails where nobody handles its topic, or not any more', async () => {
    const { sent, topics } = rig();
    const handler = (): void => undefined;
    topics.add('t', handler);
    topics.remove('t', () => undefined);
    topics.remove('t', handler);
    await topics.request({ id: 1, topic: 't', data: undefined });
    const detail = 'nobody handles the topic "t"';
    expect(sent).toStrictEqual([{ holdfast: 'failure', id: 1, detail }]);
  });

  it('fails where the answer cannot be sent', async () => {
    const { sent, topics } = rig(new TypeError('Do not know how to serialize a BigInt'));
    topics.add('t', () => 1n);
    await topics.request({ id: 1, topic: 't', data: undefined });
    const detail = 'the answer cannot be sent: Do not know how to serialize a BigInt';
    expect(sent).toStrictEqual([{ holdfast: 'failure', id: 1, detail }]);
  });
});

describe('a message', () => {
  it('goes to the handler of its topic, and nothing is answered', async () => {
    const { sent, topics } = rig();
    const heard: unknown[] = [];
    expect(topics.add('t', (data) => heard.push(data))).toBe(true);
    expect(topics.add('t', (data) => heard.push(['second', data]))).toBe(false);
    await topics.message('t', 1);
    await topics.message('other', 2);
    expect({ heard, sent }).toStrictEqual({ heard: [1], sent: [] });
  });

  it('whose handler fails is told of here', async () => {
    const { failed, topics } = rig();
    const error = new Error('boom');
    topics.add('t', () => Promise.reject(error));
    await topics.message('t', 1);
    expect(failed).toStrictEqual([['t', error]]);
  });
});
