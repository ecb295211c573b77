import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../src/errors.ts';
import { eitherLost, Standing } from '../../src/supervisor/standing.ts';

const failure = new ClusterError('HF_WORKER_FAILED', 'gone');

const listenersOf = (...all: readonly Standing[]): readonly number[] =>
  all.map(({ lost }) => getEventListeners(lost, 'abort').length);

describe('whoever waits until either of two workers is lost', () => {
  it.each([0, 1])('hears of number %i, and leaves no listener on the other', async (which) => {
    const both = [new Standing(), new Standing()] as const;
    const over = eitherLost(...both);
    expect(listenersOf(...both)).toStrictEqual([1, 1]);
    both[which]?.lose(failure);
    await over;
    expect(listenersOf(...both)).toStrictEqual([0, 0]);
  });

  it.each([0, 1])('does not wait where number %i is lost already', async (which) => {
    const both = [new Standing(), new Standing()] as const;
    both[which]?.lose(failure);
    await eitherLost(...both);
    expect(listenersOf(...both)).toStrictEqual([0, 0]);
  });
});
