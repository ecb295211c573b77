type Fetch = typeof globalThis.fetch;

/**
 * For clients that make a `Request` of every call (axios, ky, openapi-fetch): its body can be read once,
 * so it is read here, and can then be sent again.
 */
export const replayable =
  (fetch: Fetch): Fetch =>
  async (input, init) =>
    input instanceof Request && input.body !== null
      ? fetch(input, { ...init, body: await input.arrayBuffer() })
      : fetch(input, init);
