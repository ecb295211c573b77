import { watchProcess } from './process-watch.ts';
import type { RawClient } from './raw-client.ts';
import type { Rig } from './rig.ts';
import { listenersLeft, type Listeners } from './server-watch.ts';
import { settled, until } from './until.ts';
import { World } from './world.ts';

/** Something that happens to an app, and what its clients must see. */
export interface Scenario {
  readonly title: string;
  /** Only where the framework can do it. */
  readonly only?: 'express' | 'koa';
  run(world: World): Promise<void>;
}

/** How long what has to end may take. The longer, the less a slow machine is blamed. */
const PATIENCE_MS = 2_000;

/** Whether all is over soon enough. */
const comesTrue = async (look: () => boolean, patienceMs = PATIENCE_MS): Promise<boolean> => {
  try {
    return await until(look, '', patienceMs);
  } catch {
    return false;
  }
};

const bare = new WeakMap<Rig, Promise<Listeners>>();

/** What a connection that has had two answers carries where there are no guards. */
const bareListeners = (rig: Rig): Promise<Listeners> => {
  const known = bare.get(rig) ?? measureBare(rig);
  bare.set(rig, known);
  return known;
};

const measureBare = async (rig: Rig): Promise<Listeners> => {
  const world = new World(rig);
  await world.serve({});
  const client = await world.client();
  await client.get('/ping');
  await client.get('/ping');
  await comesTrue(() => world.server.open.length === 0);
  await settled();
  const listeners = world.server.listenersAt(client.localPort);
  await world.close();
  return listeners;
};

/** A connection nobody left must answer once more, and carry nothing that a bare app's does not. */
const connectionProblems = async (
  world: World,
  client: RawClient,
  patienceMs: number,
): Promise<readonly string[]> => {
  const surplus = client.surplus === '' ? [] : [`a client got too much: ${client.surplus}`];
  if (client.left) return surplus;
  client.send('/ping');
  const ping = await client.answer(patienceMs).catch(() => undefined);
  if (ping?.body !== 'pong') return [...surplus, `the connection is not usable: ${ping?.status}`];
  const expected = await bareListeners(world.rig);
  const left = (): readonly string[] =>
    listenersLeft(world.server.listenersAt(client.localPort), expected);
  await comesTrue(() => left().length === 0, patienceMs);
  return [...surplus, ...left().map((listener) => `left on the socket: ${listener}`)];
};

const http2Problems = async (world: World): Promise<readonly string[]> => {
  const problems: string[] = [];
  for (const client of world.http2Clients.filter(({ left }) => !left)) {
    const ping = await client.get('/ping').catch(() => undefined);
    if (ping?.body !== 'pong') problems.push(`the session is not usable: ${ping?.status}`);
  }
  return problems;
};

/** Looks, once the scenario is over, at everything that must never be (in order of what explains what). */
const problemsOf = async (world: World, patienceMs: number): Promise<readonly string[]> => {
  const problems: string[] = [];
  if (!(await comesTrue(() => world.server.open.length === 0, patienceMs)))
    problems.push(...world.server.open.map((label) => `its response is not over: ${label}`));
  if (!(await comesTrue(() => world.policies.held().length === 0, patienceMs)))
    problems.push(...world.policies.held());
  problems.push(...world.policies.misjudged());
  for (const client of world.clients)
    problems.push(...(await connectionProblems(world, client, patienceMs)));
  problems.push(...(await http2Problems(world)));
  if (world.http2Clients.length === 0) problems.push(...world.server.surpluses());
  problems.push(...world.secondAnswers.map((code) => `somebody answered twice: ${code}`));
  return problems;
};

/** Nothing may keep the process alive once its requests are over; nor, without its policies, be left. */
const timerProblems = async (
  { clock, policies }: World,
  patienceMs: number,
): Promise<readonly string[]> => {
  const problems: string[] = [];
  if (!(await comesTrue(() => clock.holding === 0, patienceMs)))
    problems.push(`timers that keep the process alive: ${clock.holding}`);
  policies.dispose();
  if (!(await comesTrue(() => clock.timersLeft() === 0, patienceMs)))
    problems.push(`timers left: ${clock.timersLeft()}`);
  return problems;
};

/** Runs one scenario; answers with what is wrong, in plain words. Empty where nothing is. */
export const runScenario = async (
  rig: Rig,
  scenario: Scenario,
  patienceMs = PATIENCE_MS,
): Promise<readonly string[]> => {
  await bareListeners(rig);
  const process = watchProcess();
  const world = new World(rig);
  const problems: string[] = [];
  try {
    await scenario.run(world);
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  problems.push(...(await problemsOf(world, patienceMs)));
  await world.close();
  await settled();
  return [
    ...problems,
    ...(await timerProblems(world, patienceMs)),
    ...world.unexpected(await process.stop()),
  ];
};
