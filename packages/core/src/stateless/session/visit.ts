import { assertFunction, wrongType } from '../../options/validate.ts';
import { login, logout, rotate } from './passage.ts';
import { save } from './save.ts';
import { Standing, type Start } from './standing.ts';
import type { House } from './house.ts';
import type { Session, SessionData, SessionState } from './types.ts';
import { update } from './update.ts';

const noop = (): undefined => undefined;

/** The session of one request: one step at a time, in the order they were asked for. */
export class Visit implements Session {
  readonly #standing: Standing;
  #last: Promise<unknown> = Promise.resolve();
  /** Log-ins, log-outs and rotations that have not ended. */
  #moves = 0;

  constructor(house: House, start: Start) {
    this.#standing = new Standing(house, start);
  }

  get state(): SessionState {
    return this.#standing.state;
  }

  get user(): string | undefined {
    return this.#standing.user;
  }

  get data(): SessionData {
    return this.#standing.data;
  }

  get pending(): boolean {
    return this.#moves > 0 || this.#changed || this.#standing.touchDue;
  }

  login(user: string): Promise<void> {
    return this.#move(() => login(this.#standing, user));
  }

  logout(): Promise<void> {
    return this.#move(() => logout(this.#standing));
  }

  rotate(): Promise<void> {
    return this.#move(() => rotate(this.#standing));
  }

  async update(change: (data: SessionData) => void | PromiseLike<void>): Promise<void> {
    if (change === undefined) throw wrongType('change', change, 'a function');
    assertFunction('change', change);
    await update(this.#standing, change, this.#inTurn);
  }

  save(): Promise<void> {
    return this.#inTurn(() => save(this.#standing));
  }

  cookie(): string | undefined {
    const standing = this.#standing;
    const { cookie } = standing.house;
    if (standing.tells === 'clear') return cookie.clear();
    if (standing.state === 'new') {
      // One that holds nothing is none.
      if (Object.keys(standing.data).length === 0) return undefined;
      standing.settle();
    }
    if (standing.tells === undefined || standing.at === undefined) return undefined;
    return cookie.set({ id: standing.at.id, tag: standing.meta.tag }, standing.leftMs);
  }

  /** No cookie can be sent any more. */
  seal(): void {
    this.#standing.sealed = true;
  }

  async #move(step: () => Promise<void>): Promise<void> {
    this.#moves++;
    try {
      await this.#inTurn(step);
    } finally {
      this.#moves--;
    }
  }

  get #changed(): boolean {
    try {
      return this.#standing.json() !== this.#standing.base;
    } catch {
      return true; // what is wrong with it is for `save` to say
    }
  }

  readonly #inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const run = this.#last.then(() => {
      this.#standing.begin();
      return step();
    });
    this.#last = run.then(noop, noop);
    return run;
  };
}

/**
 * Tells a session that no cookie can be sent any more: from now on `login` and `rotate` reject and change nothing, as
 * the client would stay behind with an id that ends.
 */
export const sealSession = (session: Session): void => {
  if (session instanceof Visit) session.seal();
};
