import { Server } from 'node:net';
import { virtualClock } from '@holdfast/core/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Readiness } from '../../src/worker/readiness.ts';

type Step =
  | { readonly does: 'begins' | 'listens' | 'ends'; readonly server: number }
  | { readonly does: 'tell' | 'activate' | 'end' | 'turn' | 'wait' };

const server = fc.nat({ max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('begins' as const), server }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('listens' as const), server }) },
  fc.record({ does: fc.constant('ends' as const), server }),
  fc.record({ does: fc.constantFrom('tell' as const, 'activate' as const) }),
  { weight: 4, arbitrary: fc.constant({ does: 'turn' as const }) },
  { weight: 2, arbitrary: fc.constant({ does: 'wait' as const }) },
  fc.constant({ does: 'end' as const }),
);

/** What the description says, over the states of three servers: not there, about to listen, listening. */
class Model {
  readonly servers: ('gone' | 'about' | 'up')[] = ['gone', 'gone', 'gone'];
  readonly called = [0, 0, 0];
  held: boolean;
  told = false;
  over = false;
  /** None has been about to listen, once it was over. */
  isSettled = false;
  readonly said: string[] = [];
  readonly #readyOn: string;
  #quarters = 0;

  constructor(readyOn: string, standby: boolean) {
    this.#readyOn = readyOn;
    this.held = standby;
  }

  /** Whether Node would let the server do it now. */
  allows(each: Step): boolean {
    if (!('server' in each)) return true;
    const state = this.servers[each.server];
    if (each.does === 'begins') return state === 'gone';
    if (each.does === 'listens') return state === 'about' && !this.held;
    return state !== 'gone';
  }

  take(each: Step): void {
    if (each.does === 'tell') this.told = true;
    else if (each.does === 'end') this.over = true;
    else if (each.does === 'turn') this.#turn();
    else if (each.does === 'wait') this.#wait();
    else if (each.does === 'activate') this.#activate();
    else if ('server' in each) this.#move(each.does, each.server);
    if (!this.#isDeserted()) this.#quarters = 0;
    this.isSettled ||= this.#isStill();
  }

  #isStill(): boolean {
    return this.over && (this.held || !this.servers.includes('about'));
  }

  #move(does: 'begins' | 'listens' | 'ends', at: number): void {
    if (does === 'begins' && this.over && !this.said.includes('ready')) return;
    this.servers[at] = ({ begins: 'about', listens: 'up', ends: 'gone' } as const)[does];
    if (does === 'begins' && !this.held) this.#call(at);
  }

  #activate(): void {
    if (this.over) return;
    if (this.held)
      for (const [at, state] of this.servers.entries()) if (state === 'about') this.#call(at);
    this.held = false;
  }

  #call(at: number): void {
    this.called[at] = (this.called[at] ?? 0) + 1;
  }

  #turn(): void {
    if (this.over || this.said.includes('ready')) return;
    const next = this.held ? 'loaded' : 'ready';
    if (this.held ? this.#isLoaded() : this.#isReady()) this.said.push(next);
  }

  /** A quarter of a second: two in a row without a server are too many. */
  #wait(): void {
    this.#turn();
    if (this.#isDeserted() && ++this.#quarters === 2) this.said.push('deserted');
  }

  #isDeserted(): boolean {
    const isDone = this.over || this.told || this.said.at(-1) !== 'ready';
    return !isDone && this.servers.every((state) => state === 'gone');
  }

  #isLoaded(): boolean {
    return this.said.length === 0 && (this.told || this.servers.includes('about'));
  }

  #isReady(): boolean {
    const isUp = this.#readyOn === 'listening' && this.servers.includes('up');
    return (isUp || this.told) && !this.servers.includes('about');
  }
}

const [upAndGone, wait, tell, end, activate] = [
  [
    { does: 'begins', server: 0 },
    { does: 'listens', server: 0 },
    { does: 'turn' },
    { does: 'ends', server: 0 },
  ],
  { does: 'wait' },
  { does: 'tell' },
  { does: 'end' },
  { does: 'activate' },
] as const;

/** Seldom drawn by chance. */
const deserted: readonly (readonly Step[])[] = [
  [wait, wait, wait],
  [wait, tell, wait, wait],
  [wait, end, wait, wait],
  [wait, activate, wait, wait, wait],
  [wait, ...upAndGone, wait, wait],
];

it('says what there is to say, once, when the event loop has turned, whatever servers do', async () => {
  const readyOn = fc.constantFrom('listening' as const, 'told' as const);
  await fc.assert(
    fc.asyncProperty(readyOn, fc.boolean(), fc.array(step, { maxLength: 30 }), async (...drawn) => {
      const [on, standby, steps] = drawn;
      const clock = virtualClock();
      const said: string[] = [];
      const called = [0, 0, 0];
      let settled = false;
      const servers = [new Server(), new Server(), new Server()];
      const readiness = new Readiness({
        readyOn: on,
        standby,
        clock,
        loaded: () => said.push('loaded'),
        ready: () => said.push('ready'),
        deserted: () => said.push('deserted'),
      });
      const model = new Model(on, standby);
      const take = async (each: Step): Promise<void> => {
        if (each.does === 'turn') await clock.advanceAsync(0);
        else if (each.does === 'wait') await clock.advanceAsync(250);
        else if (each.does === 'begins')
          readiness.begins(at(servers, each.server), () => {
            called[each.server] = at(called, each.server) + 1;
          });
        else if ('server' in each) readiness[each.does](at(servers, each.server));
        else if (each.does === 'end') void readiness.end().then(() => (settled = true));
        else readiness[each.does]();
        // Held calls are made on the next tick.
        await new Promise((resolve) => process.nextTick(resolve));
      };
      for (const each of [...steps, { does: 'turn' } as const]) {
        if (!model.allows(each)) continue;
        model.take(each);
        await take(each);
        expect({ said, called }).toEqual({ said: model.said, called: model.called });
        expect(readiness.wasReady).toBe(said.includes('ready'));
        expect(settled).toBe(model.isSettled);
      }
    }),
    { examples: deserted.map((steps) => ['listening', false, [...upAndGone, ...steps]]) },
  );
});

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new RangeError(`nothing at ${index}`);
  return found;
};
