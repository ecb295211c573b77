import { flakyServer, type FlakyServer } from './flaky-server.ts';
import type { Sight } from './sight.ts';
import { bareFlaky, bareOutage, resilientFlaky, resilientOutage } from './with-agent.ts';
import { barePage, boundedPage } from './with-deadline.ts';
import { bareOrders, wrappedOrders } from './with-fetch.ts';

/** The same work by a bare client and by a wrapped one, each with a server of its own. */
export interface Pair {
  readonly bare: Sight;
  readonly wrapped: Sight;
}

export interface Pairs {
  readonly flaky: Pair;
  readonly outage: Pair;
  readonly orders: Pair;
  readonly page: Pair;
}

type Client = (server: FlakyServer) => Promise<Sight>;

const withServer = async (client: Client): Promise<Sight> => {
  const server = await flakyServer();
  try {
    return await client(server);
  } finally {
    server.stop();
  }
};

const pairOf = async (bare: Client, wrapped: Client): Promise<Pair> => ({
  bare: await withServer(bare),
  wrapped: await withServer(wrapped),
});

/** Each part by itself, and all at the same time. */
export const runAll = async (): Promise<Pairs> => {
  const [flaky, outage, orders, page] = await Promise.all([
    pairOf(bareFlaky, resilientFlaky),
    pairOf(bareOutage, resilientOutage),
    pairOf(bareOrders, wrappedOrders),
    pairOf(barePage, boundedPage),
  ]);
  return { flaky, outage, orders, page };
};
