import { Agent, get } from 'node:http';

/** What clients saw. */
export interface Seen {
  served: number;
  readonly failures: string[];
  readonly pids: Set<string>;
}

const ask = (port: number, agent: Agent, path = '/'): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    request.setTimeout(3_000, () => request.destroy(new Error('no answer in 3 s')));
    request.on('error', reject);
  });

/** Asks once, over a connection of its own. */
export const askOnce = (port: number, path?: string): Promise<string> =>
  ask(port, new Agent({ keepAlive: false }), path);

/** Clients who ask without a pause, half of them over connections that stay open, until `stop`. */
export const startLoad = (port: number, clients = 8): { stop(): Promise<Seen> } => {
  const seen: Seen = { served: 0, failures: [], pids: new Set() };
  const end = new AbortController();
  const runClient = async (keepAlive: boolean): Promise<void> => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (!end.signal.aborted) {
      try {
        seen.pids.add(await ask(port, agent));
        seen.served++;
      } catch (error) {
        seen.failures.push(String(error));
      }
    }
    agent.destroy();
  };
  const running = Array.from({ length: clients }, (_, index) => runClient(index % 2 === 0));
  return {
    stop: async () => {
      end.abort();
      await Promise.all(running);
      return seen;
    },
  };
};
