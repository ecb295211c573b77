import { LeaseModel } from './lease-model.ts';
import { RateModel } from './rate-model.ts';
import { RecordModel } from './record-model.ts';
import { perform, type Decider, type Step } from './steps.ts';
import { WindowModel } from './window-model.ts';

/** What every store has to answer, step by step: simple, slow, and it never forgets. */
export class StoreModel {
  #now = 0;
  readonly #rates = new RateModel();
  readonly #windows = new WindowModel();
  readonly #leases = new LeaseModel();
  readonly #records = new RecordModel();
  readonly #decider: Decider = {
    take: (key, take) => this.#rates.take(key, take, this.#now),
    count: (key, count) => this.#windows.count(key, count, this.#now),
    lease: (key, lease) => this.#leases.lease(key, lease, this.#now),
    release: (key, lease) => this.#leases.release(key, lease),
    read: (key) => this.#records.read(key, this.#now),
    write: (key, write) => this.#records.write(key, write, this.#now),
    touch: (key, ttlMs) => this.#records.touch(key, ttlMs, this.#now),
    remove: (key, { tombstoneMs }) => this.#records.remove(key, tombstoneMs, this.#now),
  };

  answer(step: Step): unknown {
    this.#now = step.now;
    return perform(this.#decider, step);
  }
}
