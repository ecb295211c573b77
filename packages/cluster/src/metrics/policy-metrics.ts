import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LimitMessage, RetryMessage } from '@holdfast/core';
import { LabelNames } from './label-names.ts';
import type { MetricFamily } from './types.ts';

/** As `CHANNELS` of core, which need not be loaded for them. */
const RETRY = 'holdfast:retry';
const LIMIT = 'holdfast:limit';

/** Counts by two labels. */
class Counts {
  readonly #rows: Map<string, Map<string, number>> = new Map();
  readonly #names: LabelNames = new LabelNames();

  add(name: string, kind: string): void {
    const label = this.#names.of(name);
    const row = this.#rows.get(label) ?? new Map<string, number>();
    this.#rows.set(label, row.set(kind, (row.get(kind) ?? 0) + 1));
  }

  family(name: string, help: string, label: string): MetricFamily {
    const values = Array.from(this.#rows, ([policy, row]) =>
      Array.from(row, ([kind, value]) => ({ labels: { policy, [label]: kind }, value })),
    ).flat();
    return { name, help, type: 'counter', values };
  }
}

/** What retries and limits of this process did, counted from its channels; none of them is a call that went well. */
export class PolicyMetrics implements Disposable {
  readonly #retries: Counts = new Counts();
  readonly #limited: Counts = new Counts();

  constructor() {
    subscribe(RETRY, this.#onRetry);
    subscribe(LIMIT, this.#onLimit);
  }

  families(): MetricFamily[] {
    return [
      this.#retries.family('holdfast_retries_total', 'Retries, and why there was none.', 'type'),
      this.#limited.family(
        'holdfast_limited_total',
        'Calls that a limit ended or refused.',
        'code',
      ),
    ];
  }

  [Symbol.dispose](): void {
    unsubscribe(RETRY, this.#onRetry);
    unsubscribe(LIMIT, this.#onLimit);
  }

  readonly #onRetry = (message: unknown): void => {
    const { type, name } = message as RetryMessage;
    this.#retries.add(name, type);
  };

  readonly #onLimit = (message: unknown): void => {
    const limited = message as LimitMessage;
    if (limited.type !== 'late') this.#limited.add(limited.name, limited.code);
  };
}
