import { afterEach, describe, expect, it } from 'vitest';
import { flakyServer, type FlakyServer } from '../flaky-server.ts';
import { resilientFlaky, resilientOutage } from '../with-agent.ts';
import { boundedPage } from '../with-deadline.ts';
import { bareOrders, wrappedOrders } from '../with-fetch.ts';

let running: FlakyServer | undefined;

const server = async (): Promise<FlakyServer> => (running = await flakyServer());

afterEach(() => running?.stop());

describe('the parts of the example', () => {
  it('the agent asks once more for each 503', async () => {
    const { answered, requests } = await resilientFlaky(await server());
    expect({ answered, requests }).toEqual({ answered: 30, requests: 44 });
  });

  it('the agent stops asking a server that is down', async () => {
    const { answered, requests } = await resilientOutage(await server());
    expect(answered).toBe(0);
    expect(requests).toBeGreaterThanOrEqual(10); // as many failures in a row open the circuit
    expect(requests).toBeLessThan(30);
  });

  it('a lost answer leaves a bare client without word of an order that was booked', async () => {
    const { answered, requests, booked } = await bareOrders(await server());
    expect({ answered, requests, booked }).toEqual({ answered: 5, requests: 10, booked: 10 });
  });

  it('the wrapped client asks again under the same key', async () => {
    const { answered, requests, booked } = await wrappedOrders(await server());
    expect({ answered, requests, booked }).toEqual({ answered: 10, requests: 19, booked: 10 });
  });

  it('the page ends with its deadline', async () => {
    const { requests, remainingMs, error } = await boundedPage(await server());
    expect(error).toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
    expect(requests).toBe(1);
    expect(remainingMs).toHaveLength(1);
  });
});
