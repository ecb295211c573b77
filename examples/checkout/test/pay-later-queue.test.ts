import { expect, it } from 'vitest';
import { PayLaterQueue } from '../pay-later-queue.ts';

const queueOf = (...orders: string[]): PayLaterQueue<string> => {
  const queue = new PayLaterQueue<string>();
  for (const order of orders) queue.add(order);
  return queue;
};

it('charges every order once, as many at a time as there are lanes', async () => {
  const queue = queueOf('a', 'b', 'c', 'd', 'e');
  const seen: string[] = [];
  let underWay = 0;
  let most = 0;
  const charge = async (order: string): Promise<void> => {
    seen.push(order);
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
  };
  await Promise.all([queue.drain(charge, 2), queue.drain(charge, 2)]);
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(most).toBe(2);
  expect(queue).toMatchObject({ putOff: 5, charged: 5 });
});

it('stops at a failure and keeps that order for the next time', async () => {
  const queue = queueOf('a', 'b');
  const seen: string[] = [];
  await queue.drain(() => Promise.reject(new Error('open again')), 1);
  await queue.drain(async (order) => void seen.push(order), 1);
  expect(seen).toEqual(['a', 'b']);
});
