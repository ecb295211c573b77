import { afterEach, describe, expect, it, vi } from 'vitest';
import { itemIn, OrderBook } from '../shop/order-book.ts';

afterEach(() => vi.restoreAllMocks());

const readAll = async (feed: AsyncIterable<string>): Promise<readonly string[]> => {
  const read: string[] = [];
  for await (const text of feed) read.push(text);
  return read;
};

const FIRST = 'retry: 1000\n\n';
const never = new AbortController().signal;

describe('the order book', () => {
  it('tells everybody who reads the feed of an order, until feeds are ended', async () => {
    const book = new OrderBook();
    const feeds = [book.feed(never), book.feed(never)];
    for (const feed of feeds) expect(await feed.next()).toEqual({ value: FIRST, done: false });
    const order = book.place('tea');
    book.endFeeds();
    const read = [`data: ${JSON.stringify(order)}\n\n`];
    expect(await Promise.all(feeds.map(readAll))).toEqual([read, read]);
  });

  it('ends the feed of a reader who left', async () => {
    const leaver = new AbortController();
    const feed = readAll(new OrderBook().feed(leaver.signal));
    leaver.abort();
    expect(await feed).toEqual([FIRST]);
  });

  it('ends a feed that comes too late', async () => {
    const book = new OrderBook();
    book.endFeeds();
    expect(await readAll(book.feed(never))).toEqual([FIRST]);
    expect(await readAll(book.feed(AbortSignal.abort()))).toEqual([]);
  });

  it('takes no order once it is closed', () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    const book = new OrderBook();
    book.place('tea');
    book.close();
    expect(log).toHaveBeenCalledExactlyOnceWith('the order book is closed: 1 orders');
    expect(() => book.place('tea')).toThrow('closed');
  });
});

it.each([
  [{ item: 'tea' }, 'tea'],
  [{ item: '' }, undefined],
  [{ item: 1 }, undefined],
  [{}, undefined],
  [null, undefined],
  ['tea', undefined],
])('the item in %j is %j', (body, item) => {
  expect(itemIn(body)).toBe(item);
});
