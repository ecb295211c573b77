import { bulkhead, retry, standard, timeout } from '@holdfast/undici';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../src/harness/outcome.ts';
import { withBareRow } from '../src/harness/rows.ts';
import { medianInterval } from '../src/suites/undici/end-to-end/median-interval.ts';
import { startServer } from '../src/suites/undici/end-to-end/server.ts';
import {
  bare,
  cockatielWithSignal,
  cockatielWrap,
  holdfast,
  opossum,
  undiciRetry,
} from '../src/suites/undici/end-to-end/clients.ts';
import { micro } from '../src/suites/undici/micro.ts';
import { answered, HeldRequests, requestsThrough } from '../src/suites/undici/no-op-dispatcher.ts';

/** More than a budget, a queue or a window could hide. */
const REQUESTS = 120;

describe('requests on the no-op dispatcher', () => {
  it.each(withBareRow(micro))('are all answered through $name', async ({ make }) => {
    const operation = await make();
    for (let i = 0; i < REQUESTS; i++) expect(answered(await outcomeOf(operation))).toBe(true);
  });

  it('go to each origin in turn', () => {
    const policies = standard();
    const operation = requestsThrough(policies, ['http://a.example', 'http://b.example']);
    for (let i = 0; i < 10; i++) operation();
    const keys = Array.from(policies.policies.breaker?.entries() ?? [], ([key]) => key);
    expect(keys.toSorted()).toEqual(['http://a.example', 'http://b.example']);
  });

  it('that are refused are no answers', () => {
    const operation = requestsThrough([timeout({ timeoutMs: 10 }), () => () => true]);
    expect(answered(operation())).toBe(false);
  });
});

describe('held requests', () => {
  it('hang until they are answered, the newest first', () => {
    const slots = bulkhead({ concurrency: 5 });
    const requests = new HeldRequests([slots, retry()]);
    requests.start(5);
    const inFlight = (): number | undefined =>
      slots.bulkheads?.get('http://orders.example').snapshot().inFlight;
    expect(inFlight()).toBe(5);
    requests.end(2);
    expect(requests.size).toBe(3);
    expect(inFlight()).toBe(3);
    requests.end(3);
    expect(inFlight()).toBe(0);
  });

  it('fail where one was refused', () => {
    const requests = new HeldRequests([bulkhead({ concurrency: 1 })]);
    requests.start(2);
    expect(() => requests.end(2)).toThrow('no answer');
  });
});

describe('clients over real sockets', () => {
  const clients = [bare, holdfast, undiciRetry, opossum, cockatielWrap, cockatielWithSignal];

  it.each(clients)('get the whole answer through $name', async ({ connect }) => {
    const send = connect(await startServer());
    const answers = await Promise.all(Array.from({ length: REQUESTS }, send));
    for (const answer of answers) expect(answer).toEqual({ id: 1, state: 'paid', total: 4_200 });
  });
});

describe('the interval of a median', () => {
  const upTo = (length: number): number[] => Array.from({ length }, (_, at) => at + 1);

  // As tables of the sign test have it: 6 values 97 %, 9 values 96 %, 20 values 96 %, 41 values 96 %.
  it.each([
    { values: 6, low: 1, high: 6 },
    { values: 9, low: 2, high: 8 },
    { values: 20, low: 6, high: 15 },
    { values: 41, low: 14, high: 28 },
  ])('of $values values reaches from the $low. to the $high.', ({ values, low, high }) => {
    const { low: from, high: to } = medianInterval(upTo(values).toReversed());
    expect(from).toBeCloseTo(low, 9);
    expect(to).toBeCloseTo(high, 9);
  });
});
