import type { IncomingMessage, ServerResponse } from 'node:http';
import { exchangeOf, type Exchange, type Gate } from '@holdfast/core/inbound';
import type { Request, Response } from 'express';

/** What functions among the options get. */
export type Subject = readonly [request: Request, response: Response];

/**
 * Middleware for an app, a router or one route. It asks for no more than Node's own request and response,
 * so that it fits every route and leaves the types of its parameters, body and locals alone.
 */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Goes on once the gate lets the request through after all. */
const goOnLater = async (
  goes: Promise<boolean>,
  exchange: Exchange,
  next: (error?: unknown) => void,
): Promise<void> => {
  try {
    if (await goes) exchange.proceed(next);
  } catch (error) {
    next(error);
  }
};

/** Puts a gate in front of what comes next. */
export const middleware =
  (gate: Gate<Subject>): Middleware =>
  (request, response, next) => {
    const exchange = exchangeOf(request, response);
    // Whoever mounts it in Express has Express' own request and response.
    const goes = gate(exchange, [request as Request, response as Response]);
    if (goes === true) exchange.proceed(next);
    else if (goes !== false) void goOnLater(goes, exchange, next);
  };
