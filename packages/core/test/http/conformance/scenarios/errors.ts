import { expect } from 'vitest';
import { HoldfastError } from '../../../../src/index.ts';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { settled } from '../until.ts';
import { expectProblem, guarded, REDUCED } from './guarded.ts';

const fails: Behaviour = async () => {
  await settled();
  throw new Error('no');
};

const refusedOutbound = new HoldfastError({
  code: 'HF_CIRCUIT_OPEN',
  policy: 'payments',
  retryAfterMs: 4_200,
});

/** Error handling near the handlers and far from them, and what it makes of rejections. */
export const ERROR_SCENARIOS: readonly Scenario[] = [
  {
    title: 'an error that is mapped to 409 behind the guards is no failure',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      const innerCatchers = [world.rig.answersErrors(409)];
      await world.serve({ guards, innerCatchers, routes: { '/': fails } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 409 });
    },
  },
  {
    title: 'an error that is mapped to 409 in front of the guards is no failure either',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      const catchers = [world.rig.answersErrors(409)];
      await world.serve({ guards, catchers, routes: { '/': fails } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 409 });
    },
  },
  {
    title: 'an error that is mapped to 502 is a failure, whoever maps it',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { failures: 1 });
      const catchers = [world.rig.answersErrors(502)];
      await world.serve({ guards, catchers, routes: { '/': fails } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 502 });
    },
  },
  {
    title: 'error handling hears of no refusal, and cannot change it',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      const catchers = [world.rig.answersErrors(409)];
      await world.serve({ guards, catchers, routes: { '/': fails } });
      expectProblem(await (await world.client()).get('/'), 503, REDUCED);
    },
  },
  {
    title: 'error handling that meets a late throw changes nothing of the answer',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 20 });
      world.expectVerdicts(circuit, { failures: 1 });
      const handler: Behaviour = async ({ inbound }) => {
        await new Promise((resolve) => {
          inbound().signal.addEventListener('abort', resolve);
        });
        throw new Error('late');
      };
      const catchers = [world.rig.answersErrors(409)];
      const innerCatchers = [world.rig.answersErrors(410)];
      await world.serve({ guards, catchers, innerCatchers, routes: { '/': handler } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 503 });
      await settled();
    },
  },
  {
    title: 'a refusal of an outbound call that the handler throws is answered, and blames nobody',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { ignored: 1 });
      const catchers = [world.pieces.rejections()];
      await world.serve({
        guards,
        catchers,
        routes: { '/': () => Promise.reject(refusedOutbound) },
      });
      const answer = await (await world.client()).get('/');
      expectProblem(answer, 503, REDUCED);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(5);
    },
  },
  {
    title: 'a refusal that came as the cause of an error is answered too',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { ignored: 1 });
      const handler: Behaviour = () => {
        throw new TypeError('fetch failed', { cause: refusedOutbound });
      };
      const catchers = [world.pieces.rejections()];
      await world.serve({ guards, catchers, routes: { '/': handler } });
      expectProblem(await (await world.client()).get('/'), 503, REDUCED);
    },
  },
  {
    title: 'a timeout of an outbound call that the handler throws is answered, and is a failure',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { failures: 1 });
      const error = new HoldfastError({ code: 'HF_TIMEOUT', policy: 'payments', afterMs: 100 });
      const catchers = [world.pieces.rejections()];
      await world.serve({ guards, catchers, routes: { '/': () => Promise.reject(error) } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 503 });
    },
  },
  {
    title: 'rejections leave every other error to who comes after',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { failures: 1 });
      await world.serve({ guards, catchers: [world.pieces.rejections()], routes: { '/': fails } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 500 });
      expect(new Set(world.errors.map(String))).toEqual(new Set(['Error: no']));
    },
  },
  {
    title: 'a rejection that is thrown after the headers ends the connection',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, 'any');
      const handler: Behaviour = ({ raw }) => {
        raw().write('begun');
        throw refusedOutbound;
      };
      await world.serve({
        guards,
        catchers: [world.pieces.rejections()],
        routes: { '/': handler },
      });
      const client = await world.client();
      client.send('/');
      await client.hangUp();
      expect(client.answers).toMatchObject([{ body: 'begun', complete: false }]);
    },
  },
  {
    title: 'a middleware in front that goes on twice costs one answer and no permit',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, 'any');
      world.allowSecondAnswer();
      const answersOnce: Behaviour = ({ response, text }) => {
        if (!response.headersSent) text('once');
      };
      const outer = [world.rig.nextTwice()];
      await world.serve({ outer, guards, routes: { '/': answersOnce } });
      const { status } = await (await world.client()).get('/');
      expect(status).toBe(world.rig.name === 'express' ? 200 : 500); // Koa forbids it
    },
  },
  {
    title: 'a middleware behind the guards that goes on twice costs one answer and no permit',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      const express = world.rig.name === 'express';
      world.expectVerdicts(circuit, express ? { successes: 1 } : { failures: 1 });
      const answersOnce: Behaviour = ({ response, text }) => {
        if (!response.headersSent) text('once');
      };
      const inner = [world.rig.nextTwice()];
      await world.serve({ guards, inner, routes: { '/': answersOnce } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: express ? 200 : 500 });
    },
  },
  {
    title: 'a handler that is gone through twice and answers twice holds no permit',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, 'any');
      world.allowSecondAnswer();
      const inner = [world.rig.nextTwice()];
      await world.serve({ guards, inner, routes: { '/': ({ text }) => text('twice') } });
      const client = await world.client();
      client.send('/');
      await client.answer().catch(() => undefined);
      client.leave(); // the final handler of Express ends the connection
    },
  },
];
