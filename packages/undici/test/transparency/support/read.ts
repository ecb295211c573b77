import type { Dispatcher, Response } from 'undici';

type ResponseData = Dispatcher.ResponseData<unknown>;

/** All that `request` gives, its body read to the end. */
export const whole = async (response: ResponseData): Promise<object> => {
  const body = Buffer.from(await response.body.arrayBuffer());
  return { ...response, body };
};

/** All that `fetch` gives, its body read to the end. */
export const wholeFetch = async (response: Response | globalThis.Response): Promise<object> => {
  const { status, statusText, ok, redirected, type, url } = response;
  const body = Buffer.from(await response.arrayBuffer());
  const cookies = response.headers.getSetCookie();
  const headers = [...response.headers];
  return { status, statusText, ok, redirected, type, url, headers, cookies, body };
};

/** All that a request by the dispatcher's own method gives. */
export const get = async (
  dispatcher: Dispatcher,
  path: string,
  origin?: string,
): Promise<object> => {
  const options = { path, method: 'GET', blocking: false, ...(origin && { origin }) } as const;
  const { body, ...head } = await dispatcher.request(options);
  return { ...head, body: await body.text() };
};
