import type { Middleware } from 'koa';

const MOST_BYTES = 100_000;

/** What `jsonBody` puts into `context.state`. */
export interface BodyState {
  body?: unknown;
}

/** Reads a body of JSON, and answers 413 or 400 for what is too long or none. */
export const jsonBody: Middleware<BodyState> = async (context, next) => {
  let text = '';
  for await (const chunk of context.req.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MOST_BYTES) context.throw(413);
  }
  try {
    context.state.body = JSON.parse(text);
  } catch {
    context.throw(400);
  }
  await next();
};
