import type { Clock } from '@holdfast/core';
import type { MetricFamily } from '../metrics/types.ts';
import type { MetricSource } from './types.ts';
import { within } from '../within.ts';

/** The supervisor waits for a second. */
const LIMIT_MS = 800;

/** Throws for what cannot be sent: else it would keep back what all other sources give. */
const assertSendable = (families: readonly object[]): void => void JSON.stringify(families);

/** Two sources may have the same metric; the supervisor tells them apart, and adds up what they have counted. */
interface SourcedFamily extends MetricFamily {
  readonly source: number;
}

/** Sources of metrics of this process. */
export class MetricSources {
  /** Each with its number. */
  readonly #sources = new Map<MetricSource, number>();
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;

  /** `failed` hears what a source threw, or what cannot be sent of it; it is left out then. */
  constructor(clock: Clock, failed: (error: unknown) => void) {
    this.#clock = clock;
    this.#failed = failed;
  }

  add(source: MetricSource): Disposable {
    // A registration of its own, so that one function may be added twice.
    const own: MetricSource = () => source();
    this.#sources.set(own, this.#freeNumber());
    return { [Symbol.dispose]: () => void this.#sources.delete(own) };
  }

  /** What the sources give in time, one after another. Never rejects. */
  async collect(): Promise<readonly MetricFamily[]> {
    const asked = Array.from(this.#sources, async ([ask, source]): Promise<SourcedFamily[]> => {
      const families = await this.#ask(ask);
      return families.map((family) => ({ ...family, source }));
    });
    const each = await Promise.all(asked);
    return each.flat();
  }

  /** Numbers come again, for what the supervisor keeps of each. */
  #freeNumber(): number {
    const taken = new Set(this.#sources.values());
    let number = 0;
    while (taken.has(number)) number++;
    return number;
  }

  async #ask(source: MetricSource): Promise<readonly MetricFamily[]> {
    try {
      const families = await within(this.#clock, LIMIT_MS, Promise.resolve(source()));
      if (!Array.isArray(families)) return [];
      assertSendable(families);
      return families;
    } catch (error) {
      this.#failed(error);
      return [];
    }
  }
}
