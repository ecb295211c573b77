import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { drain } from '../../../../../src/http/lifecycle/drain.ts';
import type { Drain, DrainOptions, DrainPhase } from '../../../../../src/http/lifecycle/types.ts';
import { RecordingClock } from '../../../../support/recording-clock.ts';
import { until } from './until.ts';
import { wireTo, type Wire } from './wire.ts';

/** The ports of the clients whose connections a server has had. */
const clientsOf = new WeakMap<NetServer, ReadonlySet<number | undefined>>();

/** Listens on a free port until the test is over, and then leaves nothing open. */
export const listen = async (server: NetServer): Promise<number> => {
  const sockets = new Set<Socket>();
  const clients = new Set<number | undefined>();
  clientsOf.set(server, clients);
  server.on('connection', (socket) => {
    sockets.add(socket);
    clients.add(socket.remotePort);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
};

/** A server whose responses wait for the test to end them. */
export class Rig {
  readonly server: Server;
  readonly clock = new RecordingClock();
  readonly drain: Drain;
  readonly phases: DrainPhase[] = [];
  /** The responses it owes, in the order of their requests. */
  readonly responses: ServerResponse[] = [];
  port = 0;

  constructor(server: Server, options: DrainOptions = {}) {
    this.server = server;
    this.drain = drain(server, { signals: false, clock: this.clock, ...options });
    this.drain.on('phase', ({ phase }) => void this.phases.push(phase));
    onTestFinished(() => this.drain[Symbol.dispose]());
  }

  /** A connection that the server has, too: at the client it is open before. */
  async wire(): Promise<Wire> {
    const wire = await wireTo(this.port);
    const { localPort } = wire.socket;
    await until(() => clientsOf.get(this.server)?.has(localPort) === true);
    return wire;
  }

  /** Begins, and comes to where no connection is accepted any more. */
  async start(): Promise<void> {
    void this.drain.start('test');
    await this.clock.advanceAsync(0);
  }

  /** The nth response. */
  response(index: number): ServerResponse {
    const response = this.responses[index];
    if (response === undefined) throw new RangeError(`no response ${index}`);
    return response;
  }
}

export interface RigOptions extends DrainOptions {
  readonly server?: ServerOptions;
  /** Answers at once where it gives true; other responses wait. */
  readonly answers?: (path: string) => boolean;
}

/** `/now` is answered at once, everything else when the test says so. */
export const rigOf = async ({
  server: serverOptions = {},
  answers = (path) => path.startsWith('/now'),
  ...options
}: RigOptions = {}): Promise<Rig> => {
  const listener: RequestListener = (request, response) => {
    if (answers(request.url ?? '')) response.end(`at ${request.url}`);
    else rig.responses.push(response);
  };
  const rig = new Rig(createServer(serverOptions, listener), options);
  rig.port = await listen(rig.server);
  return rig;
};
