import { HoldfastError } from '../../errors.ts';
import { Emitter, report } from '../../events/emitter.ts';
import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';
import { sleep } from '../../runtime/sleep.ts';
import { Hold } from './hold.ts';
import type { LeaderEvents, LeaderOptions } from './leader-types.ts';
import { Leases, type Wish } from './leases.ts';
import type { LeaseSettings } from './settings.ts';

type Lead = LeaderOptions['lead'];

/** Waits for as long as it takes; a process that has nothing else to do may end meanwhile. */
const WISH: Wish = { key: undefined, waitMs: Infinity, signal: undefined };

/** Waits for the lease, leads, gives it up, and waits again, until it is ended; itself the deadline of its pauses. */
export class Campaign implements Deadline {
  readonly keepsAlive = false;
  position = -1;
  due = 0;
  readonly events: Emitter<LeaderEvents> = new Emitter();
  readonly #leases: Leases;
  readonly #lead: Lead;
  readonly #over: Promise<void>;
  #hold: Hold | undefined = undefined;
  #wake: (() => void) | undefined = undefined;
  #ended = false;
  #left: Promise<void> | undefined = undefined;

  constructor(settings: LeaseSettings, lead: Lead) {
    this.#leases = new Leases(settings);
    this.#lead = lead;
    this.#over = this.#run();
  }

  get #settings(): LeaseSettings {
    return this.#leases.settings;
  }

  get leads(): boolean {
    return this.#hold?.aborted === false;
  }

  end(): Promise<void> {
    this.#left ??= this.#end();
    return this.#left;
  }

  fire(): void {
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#ended) {
      await this.#term();
      if (!this.#ended) await this.#pause();
    }
  }

  async #term(): Promise<void> {
    try {
      const obtained = await this.#leases.obtain(WISH);
      if (obtained instanceof Hold) await this.#reign(obtained);
    } catch (error) {
      // Ended while it waited.
      if (!this.#ended) this.#emit('failure', { source: 'store', error });
    }
  }

  /** A `lead` that does not end keeps this process from leading twice at a time. */
  async #reign(hold: Hold): Promise<void> {
    this.#hold = hold;
    hold.onAbort = () => this.#resign(this.#ended ? 'disposed' : 'lost');
    this.#emit('elected', { fence: hold.grant.fence });
    // A listener may have ended the campaign.
    if (this.leads) {
      const reason = await this.#led(hold);
      if (this.leads) this.#resign(reason);
    }
    await hold.release();
  }

  async #led(hold: Hold): Promise<'returned' | 'threw'> {
    try {
      await this.#lead({ signal: hold.signal, fence: hold.grant.fence });
      return 'returned';
    } catch (error) {
      // To end with the reason of the abort is what was asked for.
      if (!hold.aborted || error !== hold.reason) this.#fail(error);
      return 'threw';
    }
  }

  #fail(error: unknown): void {
    if (this.events.hears('failure')) this.#emit('failure', { source: 'lead', error });
    else report(error, 'lead');
  }

  #resign(reason: LeaderEvents['resigned']['reason']): void {
    this.#hold = undefined;
    this.#emit('resigned', { reason });
  }

  #emit<Name extends keyof LeaderEvents>(
    name: Name,
    event: Omit<LeaderEvents[Name], 'name'>,
  ): void {
    this.events.emit(name, { name: this.#settings.name, ...event } as LeaderEvents[Name]);
    this.events.flush(undefined);
  }

  /** So long that another one who waits is sure to be asked first. */
  #pause(): Promise<void> {
    const { clock, leaseMs, random } = this.#settings;
    this.due = clock.now() + (leaseMs / 3) * (1 + random());
    deadlinesOf(clock).add(this);
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #end(): Promise<void> {
    const { clock, leaseMs, name } = this.#settings;
    this.#ended = true;
    const queue = deadlinesOf(clock);
    queue.remove(this);
    queue.tidy();
    this.#leases.dispose();
    this.#hold?.abort(new HoldfastError({ code: 'HF_DISPOSED', policy: name }));
    this.#wake?.();
    const waits = new AbortController();
    await Promise.race([this.#over, sleep(clock, leaseMs, waits.signal).catch(() => undefined)]);
    waits.abort();
  }
}
