import { countWindow } from '@holdfast/core';
import { expect, it, vi } from 'vitest';
import { answersWith, recorder } from '../wrap/support/recorder.ts';
import { refusalIn } from './refusals.ts';

/** A client as a recipe sets it up, for a server at `url`. */
export interface RecipeClient {
  get(path: string, signal?: AbortSignal): Promise<string>;
  /** Left out where the recipe shows reading alone. */
  put?(path: string, body: object): Promise<string>;
}

/** Opens at the fourth failure, so that tests need few. */
export const FOUR_FAIL = { trip: countWindow({ size: 4, failureRate: 1 }) };

const failed = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

/** What every recipe has to show. */
export const shows = (clientFor: (url: string) => RecipeClient): void => {
  it('a flaky server is asked again, once, and answers', async () => {
    const { url, seen } = await answersWith(503, 200);
    expect(await clientFor(url).get('/orders/1')).toBe('answer 2');
    expect(seen.map(({ method, path }) => [method, path])).toEqual([
      ['GET', '/orders/1'],
      ['GET', '/orders/1'],
    ]);
  });

  it('so is one that hangs up', async () => {
    const { url, seen } = await recorder((response, _, attempt) => {
      if (attempt === 1) response.socket?.resetAndDestroy();
      else response.end('paid');
    });
    expect(await clientFor(url).get('/orders/1')).toBe('paid');
    expect(seen.length).toBe(2);
  });

  it('what is not there is not asked for again, and opens no circuit', async () => {
    const { url, seen } = await answersWith(404);
    const client = clientFor(url);
    for (let call = 0; call < 5; call++) await failed(client.get('/orders/9'));
    expect(seen.length).toBe(5);
  });

  it('a failing server opens the circuit, and then no call reaches it', async () => {
    const { url, seen } = await answersWith(503);
    const client = clientFor(url);
    for (let call = 0; call < 2; call++) await failed(client.get('/orders/1'));
    expect(seen.length).toBe(4);
    for (let call = 0; call < 3; call++) {
      const refusal = refusalIn(await failed(client.get('/orders/1')));
      expect(refusal?.code).toBe('HF_CIRCUIT_OPEN');
    }
    expect(seen.length).toBe(4);
  });

  it('the caller can give up, and the connection goes', async () => {
    const { url, seen, broken } = await recorder(() => undefined);
    const controller = new AbortController();
    const call = failed(clientFor(url).get('/orders/1', controller.signal));
    await vi.waitUntil(() => seen.length === 1);
    controller.abort();
    expect(await call).toBeInstanceOf(Error);
    await vi.waitUntil(() => broken() === 1);
    expect(seen.length).toBe(1);
  });

  it('a body is sent again whole', async ({ skip }) => {
    const { url, seen } = await answersWith(503, 200);
    const client = clientFor(url);
    skip(client.put === undefined, 'this recipe reads only');
    await client.put?.('/orders/1', { paid: true });
    expect(seen.map(({ method, body }) => [method, body])).toEqual([
      ['PUT', '{"paid":true}'],
      ['PUT', '{"paid":true}'],
    ]);
    expect(seen[1]?.headers['content-type']).toContain('application/json');
  });
};
