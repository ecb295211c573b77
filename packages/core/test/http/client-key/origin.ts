import type { RequestOrigin } from '../../../src/http/client-key/client-finder.ts';

/** A request from a socket, with the fields of its proxies. */
export const requestFrom = (
  remoteAddress: string | undefined,
  headers: Readonly<Record<string, unknown>> = {},
): RequestOrigin => ({ headers: headers as RequestOrigin['headers'], socket: { remoteAddress } });
