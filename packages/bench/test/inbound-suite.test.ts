import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { outcomeOf } from '../src/harness/outcome.ts';
import { withBareRow } from '../src/harness/rows.ts';
import type { RatioGroup } from '../src/harness/suite.ts';
import { families } from '../src/suites/inbound/end-to-end/apps.ts';
import { Connection } from '../src/suites/inbound/end-to-end/connection.ts';
import { CONNECTIONS, Target } from '../src/suites/inbound/end-to-end/target.ts';
import { inboundSuite } from '../src/suites/inbound/index.ts';
import { onExpress } from '../src/suites/inbound/micro/express.ts';
import { socketsInTurn } from '../src/suites/inbound/micro/exchange.ts';
import { direct, type Framework } from '../src/suites/inbound/micro/framework.ts';
import { onKoa } from '../src/suites/inbound/micro/koa.ts';

/** More than a queue or a window of these groups could hide. */
const REQUESTS = 120;

const isRatioGroup = (group: { readonly kind: string }): group is RatioGroup =>
  group.kind === 'ratio';

const ratioGroups = inboundSuite.groups.filter(isRatioGroup);

describe.each(ratioGroups)('group $id', ({ expects, ...group }) => {
  it.each(withBareRow({ expects, ...group }))(
    'has all requests of $name answered',
    async ({ make }) => {
      const operation = await make();
      for (let i = 0; i < REQUESTS; i++) expect(expects(await outcomeOf(operation))).toBe(true);
    },
  );
});

describe('middleware called directly', () => {
  const rowOf = <M>(framework: Framework<M>, middleware: M): RatioGroup =>
    direct(framework, {
      id: 'test',
      title: 'test',
      clients: 1,
      rows: [{ name: 'own', side: 'peer', make: () => middleware }],
    });

  const isAnswered = async ({ contestants: [own], expects }: RatioGroup): Promise<boolean> =>
    expects(await outcomeOf((await own?.make()) ?? (() => undefined)));

  it('fails where it refuses a request', async () => {
    expect(await isAnswered(rowOf(onExpress, (_, response) => response.end()))).toBe(false);
    expect(await isAnswered(rowOf(onExpress, (_request, _response, next) => next('no')))).toBe(
      false,
    );
    expect(await isAnswered(rowOf(onKoa, () => undefined))).toBe(false);
  });

  it('finds requests and responses as the frameworks make them', async () => {
    const seen: unknown[] = [];
    const express = rowOf(onExpress, (request, response, next) => {
      response.set('x-own', 'a');
      response.once('close', () =>
        seen.push(response.closed, response.writableFinished, response.socket),
      );
      seen.push(request.ip, request.get('accept'), response.get('x-own'), response.headersSent);
      seen.push(response.socket === request.socket);
      next();
    });
    expect(await isAnswered(express)).toBe(true);
    const ofOne = ['10.0.0.0', 'application/json', 'a', false, true, true, true, null];
    expect(seen.slice(-8)).toEqual(ofOne);
    const koa = rowOf(onKoa, async (context, next) => {
      context.set('x-own', 'a');
      const { res } = context;
      res.once('close', () => seen.push(res.closed, res.writableFinished, res.socket));
      seen.push(context.ip, context.get('accept'), res.getHeader('x-own'), context.headerSent);
      seen.push(res.socket === context.req.socket);
      await next();
    });
    expect(await isAnswered(koa)).toBe(true);
    expect(seen.slice(-8)).toEqual(ofOne);
  });

  it('meets each client in turn', () => {
    const nextSocket = socketsInTurn(300);
    const addresses = Array.from({ length: 600 }, () => nextSocket().remoteAddress);
    expect(new Set(addresses).size).toBe(300);
    expect(new Set(addresses.slice(0, 300)).size).toBe(300);
  });

  it.each([
    { name: 'Express', run: (order: string[]) => expressOrder(order) },
    { name: 'Koa', run: (order: string[]) => koaOrder(order) },
  ])('of $name follows its order in a chain', async ({ run }) => {
    const order: string[] = [];
    expect(await isAnswered(run(order))).toBe(true);
    expect(order.slice(-3)).toEqual(['a', 'b', 'c']);
  });

  const expressOrder = (order: string[]): RatioGroup =>
    rowOf(
      onExpress,
      onExpress.chain(
        ['a', 'b', 'c'].map((name) => (_request, _response, next) => {
          order.push(name);
          next();
        }),
      ),
    );

  const koaOrder = (order: string[]): RatioGroup =>
    rowOf(
      onKoa,
      onKoa.chain(
        ['a', 'b', 'c'].map((name) => (_context, next) => {
          order.push(name);
          return next();
        }),
      ),
    );
});

describe('apps over real sockets', () => {
  const apps = families.flatMap(({ bare, apps: guarded }) => [bare, ...guarded]);

  it.each(apps)('answer every request: $name', async ({ listener }) => {
    const connection = await open(listener());
    for (let i = 0; i < REQUESTS; i++) {
      const { body } = await connection.ask();
      expect(JSON.parse(body)).toEqual({ id: 1, state: 'paid', total: 4_200 });
    }
  });

  it('tell what a request takes of a process of its own', async () => {
    const target = await Target.start('bare express');
    onTestFinished(() => target.stop());
    const { cpuUs, wallUs } = await target.batch(4 * CONNECTIONS);
    expect(cpuUs).toBeGreaterThan(0);
    expect(wallUs).toBeGreaterThan(0);
  });
});

const open = async (listener: RequestListener): Promise<Connection> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server has no other kind of address.
  const connection = await Connection.open((server.address() as AddressInfo).port);
  onTestFinished(() => {
    connection.close();
    server.close();
  });
  return connection;
};

describe('a connection', () => {
  it('takes an answer that arrives in pieces', async () => {
    const connection = await open((_, response) => {
      response.setHeader('content-length', 4);
      response.write('or');
      // Long enough for the first piece to arrive by itself.
      setTimeout(() => response.end('er'), 30);
    });
    expect((await connection.ask()).body).toBe('orer');
    expect((await connection.ask()).body).toBe('orer');
  });

  it('rejects an answer that is none of success, one of unknown length, and an end', async () => {
    const refused = await open((_, response) =>
      response.writeHead(429, { 'content-length': 0 }).end(),
    );
    await expect(refused.ask()).rejects.toThrow('429');
    const chunked = await open((_, response) => response.flushHeaders());
    await expect(chunked.ask()).rejects.toThrow('chunked');
    const broken = await open((request) => request.destroy());
    await expect(broken.ask()).rejects.toThrow(/closed|ECONNRESET/);
  });
});
