import { EventEmitter, on } from 'node:events';

/** Something that was paid for. */
export interface Order {
  readonly id: string;
  readonly item: string;
}

/** What an order is for; undefined where a body is no order. */
export const itemIn = (body: unknown): string | undefined => {
  if (typeof body !== 'object' || body === null || !('item' in body)) return undefined;
  return typeof body.item === 'string' && body.item !== '' ? body.item : undefined;
};

/** The orders of the shop, kept in memory; a database in a shop that means it. */
export class OrderBook {
  readonly #orders = new Map<string, Order>();
  readonly #news = new EventEmitter().setMaxListeners(0);
  #feedsEnded = false;
  isOpen = true;

  place(item: string): Order {
    if (!this.isOpen) throw new Error('the order book is closed');
    const order = { id: `${this.#orders.size + 1}`, item };
    this.#orders.set(order.id, order);
    this.#news.emit('placed', order);
    return order;
  }

  find(id: string): Order | undefined {
    return this.#orders.get(id);
  }

  /** Orders as they come, as an event stream, until the reader leaves or feeds are ended. */
  async *feed(signal: AbortSignal): AsyncGenerator<string> {
    if (signal.aborted) return;
    const isLate = this.#feedsEnded;
    const news = on(this.#news, 'placed', { signal, close: ['end'] });
    try {
      yield 'retry: 1000\n\n'; // where a feed ends, come back after a second
      if (isLate) return;
      for await (const [order] of news) yield `data: ${JSON.stringify(order)}\n\n`;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await news.return?.();
    }
  }

  /** Ends those that are read, and those to come after their first line. */
  endFeeds(): void {
    this.#feedsEnded = true;
    this.#news.emit('end');
  }

  close(): void {
    this.isOpen = false;
    console.log(`the order book is closed: ${this.#orders.size} orders`);
  }
}
