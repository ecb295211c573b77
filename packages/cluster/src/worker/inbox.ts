import type { Clock } from '@holdfast/core';
import { report } from '@holdfast/core/lifecycle';
import type { MetricFamily } from '../metrics/types.ts';
import { METRICS_TOPIC, type ToWorker } from '../protocol/messages.ts';
import { assertGiven, topicOf, topicTaken } from './checked.ts';
import { MetricSources } from './metric-sources.ts';
import type { PrimaryLine } from './primary-line.ts';
import { Topics, type TopicHandler } from './topics.ts';
import type { MetricSource } from './types.ts';

/** What the supervisor sends for the program, and who handles it. */
export class Inbox {
  readonly #topics: Topics;
  readonly #sources: MetricSources;
  #own: Promise<void> | undefined = undefined;

  constructor(line: PrimaryLine, clock: Clock) {
    this.#sources = new MetricSources(clock, (error) => report(error, 'a source of metrics'));
    this.#topics = new Topics(
      (message) => line.send(message),
      (error, topic) => report(error, `the handler of "${topic}"`),
    );
    this.#topics.add(METRICS_TOPIC, () => this.#collect());
  }

  onMessage(topic: string, handler: TopicHandler): Disposable {
    const name = topicOf(topic);
    assertGiven('handler', handler);
    if (!this.#topics.add(name, handler)) throw topicTaken(name);
    return { [Symbol.dispose]: () => this.#topics.remove(name, handler) };
  }

  addMetrics(source: MetricSource): Disposable {
    assertGiven('source', source);
    return this.#sources.add(source);
  }

  /** Never throws. */
  take(message: Extract<ToWorker, { readonly topic: string }>): void {
    if (message.holdfast === 'message') void this.#topics.message(message.topic, message.data);
    else void this.#topics.request(message);
  }

  /** Holdfast's own are loaded when they are asked for the first time, not before the program. */
  async #collect(): Promise<readonly MetricFamily[]> {
    this.#own ??= this.#addOwn();
    try {
      await this.#own;
    } catch (error) {
      this.#own = undefined;
      throw error;
    }
    return this.#sources.collect();
  }

  async #addOwn(): Promise<void> {
    const { workerMetrics } = await import('../metrics/worker-metrics.ts');
    const own = workerMetrics();
    this.#sources.add(() => own.families());
  }
}
