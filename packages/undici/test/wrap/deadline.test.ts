import { withDeadline, withoutDeadline, type DeadlineHeader } from '@holdfast/core/http';
import { describe, expect, it } from 'vitest';
import { AT_ONCE, CLIENTS } from './support/clients.ts';
import { answersWith, recorder } from './support/recorder.ts';

const HEADERS: readonly [DeadlineHeader, (value: string) => number][] = [
  ['x-request-timeout-ms', Number],
  ['x-envoy-expected-rq-timeout-ms', Number],
  ['grpc-timeout', (value) => (value.endsWith('m') ? Number(value.slice(0, -1)) : Number.NaN)],
];

describe.each(CLIENTS)('the deadline of %s', (_, clientWith) => {
  it('ends a call that hangs', async () => {
    const { url } = await recorder(() => undefined);
    const client = clientWith({ deadline: { deadlineMs: 40 } });
    await expect(client.call(url)).rejects.toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
    expect(client.policies(url).bulkhead?.snapshot().inFlight).toBe(0);
  });

  it('is the caller’s own where that is nearer', async () => {
    const { url } = await recorder(() => undefined);
    const client = clientWith();
    const begun = performance.now();
    const answer = withDeadline(40, () => client.call(url));
    await expect(answer).rejects.toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('is its own where the caller’s is further, and there is none of the caller’s without', async () => {
    const { url } = await recorder(() => undefined);
    const client = clientWith({ deadline: { deadlineMs: 40 } });
    const answer = withDeadline(60_000, () => client.call(url));
    await expect(answer).rejects.toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
    const { url: quick } = await answersWith(200);
    const call = (): Promise<unknown> => withoutDeadline(() => clientWith().call(quick));
    await expect(withDeadline(0, call)).resolves.toMatchObject({ status: 200 });
  });

  it('sends nothing when the caller’s time is over', async () => {
    const { url, seen } = await answersWith(200);
    const answer = withDeadline(0, () => clientWith().call(url));
    await expect(answer).rejects.toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
    expect(seen).toEqual([]);
  });

  it('is not inherited where that is not wanted', async () => {
    const { url } = await answersWith(200);
    for (const deadline of [{ inherit: false }, false] as const) {
      const answer = withDeadline(0, () => clientWith({ deadline }).call(url));
      await expect(answer).resolves.toMatchObject({ status: 200 });
    }
  });

  it('leaves no time for a pause: the last answer is given at once', async () => {
    const { url, seen } = await answersWith(503);
    const client = clientWith({ retry: { ...AT_ONCE, backoff: () => 60_000 } });
    const response = await withDeadline(30_000, () => client.call(url));
    expect([response.status, seen.length]).toEqual([503, 1]);
  });

  it.each(HEADERS)('travels on as %s, less with each attempt', async (header, read) => {
    const { url, seen } = await answersWith(503, 200);
    const retry = { ...AT_ONCE, backoff: () => 30 };
    const client = clientWith({ deadline: { deadlineMs: 5_000, header }, retry });
    await client.call(url);
    const [first = 0, second = 0] = seen.map((each) => read(String(each.headers[header])));
    expect(first).toBeGreaterThan(4_000);
    expect(first).toBeLessThanOrEqual(5_000);
    expect(second).toBeLessThanOrEqual(first - 29);
  });

  it('takes the place of one that the caller wrote, and is not sent unasked', async () => {
    const { url, seen } = await answersWith(200);
    const headers = { 'X-Request-Timeout-Ms': '999999999', 'x-tenant': 'a' };
    await clientWith({ deadline: { header: 'x-request-timeout-ms' } }).call(url, { headers });
    await clientWith().call(url);
    const sent = seen.map((each) => each.headers['x-request-timeout-ms']);
    expect(Number(sent[0])).toBeLessThanOrEqual(30_000);
    expect(sent[1]).toBe(undefined);
    expect(seen[0]?.headers['x-tenant']).toBe('a');
  });
});
