import type { Http2Exchange } from '../http2-client.ts';
import type { Sent } from '../raw-client.ts';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { guarded, type Guarded } from './guarded.ts';

/** One request over HTTP/2, which Express cannot serve. */
export interface Case {
  readonly title: string;
  readonly options?: Parameters<typeof guarded>[1];
  /** What happens to one request; `verdicts` is what the circuit must make of it. */
  readonly verdicts: object;
  readonly handler: () => Behaviour;
  readonly isolated?: true;
  act(exchange: Http2Exchange, stack: Guarded): Promise<void>;
  readonly request?: Sent;
}

/** The scenario of a case. */
export const overHttp2 = ({ title, options, verdicts, request, ...rest }: Case): Scenario => ({
  title: `over HTTP/2, ${title}`,
  only: 'koa',
  run: async (world) => {
    const stack = guarded(world, options);
    world.expectVerdicts(stack.circuit, verdicts);
    if (rest.isolated) stack.circuit.isolate('for the test');
    await world.serveHttp2({ guards: stack.guards, routes: { '/': rest.handler() } });
    const client = await world.http2Client();
    await rest.act(client.send('/', request), stack);
  },
});
