import type { Clock } from '../../../../src/runtime/clock.ts';
import { StoreError } from '../../../../src/stateless/store-error.ts';
import type { Store } from '../../../../src/stateless/store.ts';
import { storeOver } from './store-over.ts';

/**
 * What becomes of an operation. `late`: carried out at once, answered late. `slow`: carried out late,
 * answered at once then. `lost`: carried out, never answered. `hangs`: neither. `unknown`: carried out, and said
 * to have failed. `not-sent` and `refused`: not carried out, and said so. `throws`: no promise at all.
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
  | 'throws';

type Method = 'lease' | 'release' | 'read' | 'write';
type Act = () => Promise<unknown>;

const never = (): Promise<never> => new Promise(() => undefined);

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
        return this.#fare(this.next[name]?.shift() ?? this.fate, act);
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

  #fare(fate: Fate, act: Act): Promise<unknown> {
    switch (fate) {
      case 'well':
        return act();
      case 'late': {
        const answer = act();
        return this.#later().then(() => answer);
      }
      case 'slow':
        return this.#later().then(act);
      case 'lost':
        void act();
        return never();
      case 'hangs':
        return never();
      case 'unknown':
        void act();
        return Promise.reject(new StoreError('scripted', 'unknown'));
      case 'throws':
        throw new Error('no promise');
      default:
        return Promise.reject(new StoreError('scripted', fate));
    }
  }

  #later(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(resolve, this.ms);
    });
  }
}
