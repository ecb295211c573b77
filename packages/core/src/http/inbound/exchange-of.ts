import type { IncomingMessage, ServerResponse } from 'node:http';
import { Exchange } from './exchange.ts';

const EXCHANGE: unique symbol = Symbol.for('holdfast.exchange');

interface Marked {
  [EXCHANGE]?: Exchange;
}

/** The exchange of a response: one, however many guards it meets. */
export const exchangeOf = (
  request: IncomingMessage,
  response: ServerResponse & Marked,
): Exchange => {
  const known = response[EXCHANGE];
  if (known !== undefined) return known;
  const exchange = new Exchange(request, response);
  response[EXCHANGE] = exchange;
  return exchange;
};
