import { drain, endsOnSignals, isDrainable, type Drain } from '@holdfast/core/lifecycle';
import { assertGiven, topicOf } from './checked.ts';
import { watchListening } from './listening.ts';
import type { Lifecycle, MetricSource } from './types.ts';

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

/** A process that no supervisor has started: signals drain it, and nobody sends it anything. */
class LoneLifecycle implements Lifecycle {
  readonly isSupervised = false;
  readonly sharesStore = false;
  readonly slot = undefined;
  readonly generation = 0;
  readonly drain: Drain = drain([]);

  constructor() {
    watchListening({
      argumentsOf: (args) => args,
      begins: (_server, listen) => listen(),
      listens: (server) => {
        if (isDrainable(server) && !endsOnSignals(server)) this.drain.add(server);
      },
      ends: () => undefined,
    });
  }

  ready(): void {
    // Nobody waits for it.
  }

  leave(detail: string): void {
    void this.drain.start(detail).then(() => process.exit(process.exitCode || 1));
  }

  onMessage(topic: string, handler: (data: unknown) => unknown): Disposable {
    topicOf(topic);
    assertGiven('handler', handler);
    return NOTHING;
  }

  addMetrics(source: MetricSource): Disposable {
    assertGiven('source', source);
    return NOTHING;
  }
}

export const aloneLifecycle = (): Lifecycle => new LoneLifecycle();
