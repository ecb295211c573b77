import type { Clock } from '../../../../src/runtime/clock.ts';
import { StoreError } from '../../../../src/stateless/store-error.ts';
import type { Operation, Store } from '../../../../src/stateless/store.ts';
import { storeOver } from './store-over.ts';

/**
 * What becomes of an operation. `late`: carried out at once, answered late. `slow`: carried out late,
 * answered at once then. `lost`: carried out, but the answer is lost. `hangs`: neither. `unknown`: carried out,
 * and said to have failed. `not-sent` and `refused`: not carried out, and said so. `throws`: no promise at
 * all. `garbage`: carried out, and the answer is none.
 *
 * Whatever is not answered by its deadline fails then, as a store has it; what comes there after it is not
 * carried out, but for a release.
 */
export type Fate =
  | 'well'
  | 'late'
  | 'slow'
  | 'lost'
  | 'hangs'
  | 'unknown'
  | 'not-sent'
  | 'refused'
  | 'throws'
  | 'garbage';

type Method = 'lease' | 'release' | 'read' | 'write';
type Act = () => Promise<unknown>;

interface Order {
  readonly act: Act;
  readonly deadlineMs: number;
  /** Late is right, too. */
  readonly lasts: boolean;
}

const unknown = (): Promise<never> => Promise.reject(new StoreError('scripted', 'unknown'));

/** A store in front of another one, to which a test does what a network does. */
export class ScriptedStore {
  fate: Fate = 'well';
  /** Of `late` and `slow`. */
  ms = 100;
  /** The fates of the next operations of a kind; the rest have `fate`. */
  readonly next: Partial<Record<Method, Fate[]>> = {};
  readonly asked: { readonly method: Method; readonly arguments: readonly unknown[] }[] = [];
  watchers = 0;
  hints = true;
  readonly store: Store;
  readonly #clock: Clock;

  constructor(inner: Store, clock: Clock, scope: Store['scope'] = inner.scope) {
    this.#clock = clock;
    const method = <Name extends Method>(name: Name): Store[Name] => {
      const asked = (...all: unknown[]): Promise<unknown> => {
        this.asked.push({ method: name, arguments: all });
        const act: Act = () => Reflect.apply(inner[name], inner, all) as Promise<unknown>;
        const { deadlineMs } = all.at(-1) as Operation;
        const order = { act, deadlineMs, lasts: name === 'release' };
        return this.#fare(this.next[name]?.shift() ?? this.fate, order);
      };
      return asked as Store[Name];
    };
    const watch: Store['watch'] = (key, onHint) => {
      this.watchers++;
      const watched = inner.watch(key, () => {
        if (this.hints) onHint();
      });
      return {
        [Symbol.dispose]: () => {
          this.watchers--;
          watched[Symbol.dispose]();
        },
      };
    };
    const ours = {
      name: 'scripted',
      lease: method('lease'),
      release: method('release'),
      read: method('read'),
      write: method('write'),
      watch,
      scope,
    };
    this.store = storeOver(inner, ours);
  }

  count(method: Method): number {
    return this.asked.filter((each) => each.method === method).length;
  }

  #fare(fate: Fate, { act, deadlineMs, lasts }: Order): Promise<unknown> {
    const inTime = this.ms < deadlineMs;
    switch (fate) {
      case 'well':
        return act();
      case 'late': {
        const answer = act();
        return inTime ? this.#after(this.ms, () => answer) : this.#after(deadlineMs, unknown);
      }
      case 'slow':
        if (inTime) return this.#after(this.ms, act);
        if (lasts) void this.#after(this.ms, act);
        return this.#after(deadlineMs, unknown);
      case 'lost':
        void act();
        return this.#after(deadlineMs, unknown);
      case 'hangs':
        return this.#after(deadlineMs, unknown);
      case 'unknown':
        void act();
        return unknown();
      case 'throws':
        throw new Error('no promise');
      case 'garbage':
        return act().then(() => undefined);
      default:
        return Promise.reject(new StoreError('scripted', fate));
    }
  }

  async #after(ms: number, act: Act): Promise<unknown> {
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(resolve, ms);
    });
    return await act();
  }
}
