import { expect } from 'vitest';
import { gate, settled, until } from '../../conformance/until.ts';
import type { SessionScenario } from '../stage.ts';
import { begin } from './basics.ts';

const LEAVING = ['fin', 'rst', 'leave'] as const;
type Leaving = (typeof LEAVING)[number];

const leavesEarly = (how: Leaving): SessionScenario => ({
  title: `what a handler changed for a client who left before its end (${how}) is kept`,
  only: 'http1',
  run: async (stage) => {
    const [started, goOn, done] = [gate(), gate(), gate()];
    await stage.serve({
      '/begin': begin,
      '/slow': async ({ data }, exchange) => {
        exchange.response.on('close', () => goOn.open());
        started.open();
        await goOn.opened;
        data['paid'] = true;
        exchange.text('paid');
        done.open();
      },
    });
    const cookie = await stage.begun();
    const client = await stage.world.client();
    client.send('/slow', { headers: { Cookie: cookie } });
    await started.opened;
    client[how]();
    await done.opened;
    const writes = (): number => stage.store.calls.filter((call) => call === 'write').length;
    await until(() => writes() === 2, 'the write of what was changed');
    expect(await stage.held(cookie)).toMatchObject({ paid: true });
  },
});

const leavesMeanwhile = (how: Leaving): SessionScenario => ({
  title: `a client who leaves while its answer waits (${how}) leaves nothing behind`,
  only: 'http1',
  run: async (stage) => {
    const writes = stage.store.holdWrites();
    await stage.serve({ '/begin': begin });
    const client = await stage.world.client();
    client.send('/begin');
    await until(() => stage.store.calls.includes('write'), 'a write');
    client[how]();
    await until(() => stage.world.server.open.length === 0, 'the end of the response');
    writes.open();
    await settled();
    expect(stage.store.calls).toEqual(['write']);
  },
});

const logsInLate = (how: Leaving): SessionScenario => ({
  title: `a log-in for a client who left before it (${how}) leaves its session as it was`,
  only: 'http1',
  run: async (stage) => {
    const [started, goOn] = [gate(), gate()];
    let end: unknown;
    await stage.serve({
      '/begin': begin,
      '/login': async (session, exchange) => {
        exchange.response.on('close', () => goOn.open());
        started.open();
        await goOn.opened;
        end = await session.login('ada').catch((error: unknown) => error);
        exchange.text('welcome');
      },
    });
    const cookie = await stage.begun();
    const client = await stage.world.client();
    client.send('/login', { headers: { Cookie: cookie } });
    await started.opened;
    client[how]();
    await until(() => end, 'the end of the log-in');
    expect(end).toBeInstanceOf(Error);
    expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
  },
});

export const CLIENT_SCENARIOS: readonly SessionScenario[] = [
  ...LEAVING.map(logsInLate),
  ...LEAVING.map(leavesEarly),
  ...LEAVING.map(leavesMeanwhile),
  {
    title: 'a client who leaves while its session is on its way is not served',
    only: 'http1',
    run: async (stage) => {
      let calls = 0;
      await stage.serve({ '/begin': begin, '/': (_, { text }) => text(`call ${++calls}`) });
      const cookie = await stage.begun();
      const reads = stage.store.holdReads();
      const client = await stage.world.client();
      client.send('/', { headers: { Cookie: cookie } });
      await until(() => stage.store.calls.at(-1) === 'read', 'a read');
      client.rst();
      await until(() => stage.world.server.open.length === 0, 'the end of the response');
      reads.open();
      await settled();
      expect(calls).toBe(0);
    },
  },
  {
    title: 'a stream over HTTP/2 that its client cancels while it is saved harms no other',
    only: 'koa',
    run: async (stage) => {
      const writes = stage.store.holdWrites();
      await stage.world.serveHttp2({
        guards: [stage.sessions()],
        routes: {
          '/': (exchange) => {
            stage.sessionOf(exchange).data['n'] = 1;
            exchange.text('body');
          },
        },
      });
      const client = await stage.world.http2Client();
      const first = client.send('/');
      await until(() => stage.store.calls.includes('write'), 'a write');
      first.cancel();
      await first.over();
      const second = client.send('/');
      await until(() => stage.store.calls.length === 2, 'another write');
      writes.open();
      expect(await second.over()).toMatchObject({ status: 200, body: 'body' });
    },
  },
];
