import { expect } from 'vitest';
import { HoldfastError } from '../../../../src/index.ts';
import { settled, until } from '../../conformance/until.ts';
import { cookieIn, type SessionScenario } from '../stage.ts';
import { begin } from './basics.ts';

export const GUARD_SCENARIOS: readonly SessionScenario[] = [
  {
    title: 'a guard behind the session that turns a request away has it neither saved nor told',
    run: async (stage) => {
      const { pieces, rig } = stage.world;
      const circuit = stage.world.circuit();
      stage.world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      const marks = rig.onEntry((exchange) => {
        stage.sessionOf(exchange).data['n'] = 1;
      });
      const guards = [stage.sessions(), marks, pieces.breaker(circuit)];
      await stage.serve({ '/': (_, { text }) => text('never') }, { guards });
      expect(await stage.ask('/')).toMatchObject({ status: 503, cookies: [] });
      expect(stage.store.calls).toEqual([]);
    },
  },
  {
    title: 'a request whose time was over has it neither saved nor told',
    run: async (stage) => {
      const guards = [stage.sessions(), stage.world.pieces.timeout({ timeoutMs: 20 })];
      await stage.serve(
        {
          '/begin': begin,
          '/': async ({ data }, exchange) => {
            data['n'] = 1;
            await until(() => expired(exchange), 'its end');
            exchange.text('too late');
          },
        },
        { guards },
      );
      const cookie = await stage.begun();
      expect(await stage.ask('/', { cookie })).toMatchObject({ status: 503, cookies: [] });
      await settled();
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
  {
    title:
      'a log-in that comes when its time was over changes nothing: the visitor keeps the session',
    run: async (stage) => {
      const guards = [stage.sessions(), stage.world.pieces.timeout({ timeoutMs: 20 })];
      const ends: unknown[] = [];
      await stage.serve(
        {
          '/begin': begin,
          '/login': async (session, exchange) => {
            await until(() => expired(exchange), 'its end');
            for (const move of [() => session.login('ada'), () => session.rotate()])
              ends.push(await move().catch((error: unknown) => error));
          },
        },
        { guards },
      );
      const cookie = await stage.begun();
      expect(await stage.ask('/login', { cookie })).toMatchObject({ status: 503, cookies: [] });
      await until(() => ends.length === 2, 'both');
      expect(ends).toEqual([expect.any(Error), expect.any(Error)]);
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
  {
    title: 'an answer that was given in time is not overtaken by its limit while it is saved',
    run: async (stage) => {
      const writes = stage.store.holdWrites();
      const guards = [stage.sessions(), stage.world.pieces.timeout({ timeoutMs: 30 })];
      await stage.serve({ '/begin': begin }, { guards });
      const answer = stage.ask('/begin');
      await new Promise((resolve) => setTimeout(resolve, 80));
      writes.open();
      const answered = await answer;
      expect(answered).toMatchObject({ status: 200, body: 'begun' });
      expect(await stage.held(cookieIn(answered))).toEqual({ state: 'loaded', begun: true });
    },
  },
  {
    title:
      'a request whose time is over while its session is on its way does not reach its handler',
    run: async (stage) => {
      const guards = [stage.world.pieces.timeout({ timeoutMs: 30 }), stage.sessions()];
      let calls = 0;
      await stage.serve(
        { '/begin': begin, '/': (_, { text }) => text(`call ${++calls}`) },
        { guards },
      );
      const cookie = await stage.begun();
      const reads = stage.store.holdReads();
      expect(await stage.ask('/', { cookie })).toMatchObject({ status: 503, cookies: [] });
      reads.open();
      await settled();
      expect(calls).toBe(0);
    },
  },
  {
    title: 'what a lost store took away says nothing to a circuit in front',
    run: async (stage) => {
      const circuit = stage.world.circuit();
      stage.world.expectVerdicts(circuit, { successes: 2, ignored: 2 });
      const guards = [stage.world.pieces.breaker(circuit), stage.sessions()];
      await stage.serve(
        {
          '/begin': begin,
          '/': ({ data }, { text }) => {
            data['n'] = 1;
            stage.store.lose();
            text('all is well');
          },
        },
        { guards },
      );
      const cookie = await stage.begun();
      expect(await stage.ask('/', { cookie })).toMatchObject({ status: 503 }); // by its save
      expect(await stage.ask('/', { cookie })).toMatchObject({ status: 503 }); // as it arrived
      stage.store.lose(false);
      await stage.held(cookie);
    },
  },
  {
    title: 'a rejection that a handler threw has nothing saved',
    run: async (stage) => {
      await stage.serve(
        {
          '/begin': begin,
          '/': ({ data }) => {
            data['n'] = 1;
            throw new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'payments' });
          },
        },
        {
          guards: [stage.sessions()],
          ...(stage.world.rig.name === 'koa'
            ? { outer: [stage.world.pieces.rejections()] }
            : { catchers: [stage.world.pieces.rejections()] }),
        },
      );
      const cookie = await stage.begun();
      expect(await stage.ask('/', { cookie })).toMatchObject({ status: 503, cookies: [] });
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
];

const expired = ({ inbound }: { inbound(): { readonly signal: AbortSignal } }): boolean =>
  inbound().signal.aborted;
