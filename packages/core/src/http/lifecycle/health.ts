import type { IncomingMessage } from 'node:http';
import { oneOf } from '../../options/validate.ts';
import { Check } from './check.ts';
import { answerOf, pathOf } from './health-answer.ts';
import { KINDS, settingsOf, type HealthSettings } from './health-settings.ts';
import type {
  CheckReport,
  Health,
  HealthAnswer,
  HealthKind,
  HealthOptions,
  HealthReport,
} from './health-types.ts';

class ProcessHealth implements Health {
  readonly #settings: HealthSettings;
  readonly #checks: readonly Check[];
  #started: boolean;
  #disposed = false;

  constructor(settings: HealthSettings) {
    this.#settings = settings;
    this.#checks = settings.checks.map((each) => new Check(each));
    this.#started = this.#of('startup').length === 0;
  }

  async probe(kind: HealthKind): Promise<HealthReport> {
    oneOf('kind', kind, KINDS);
    const asked = this.#toAsk(kind);
    const checks = await Promise.all(asked.map((check) => check.report()));
    if (!this.#started) this.#started = this.#startsWith(checks);
    return {
      kind,
      status: this.#passes(kind, checks) ? 'pass' : 'fail',
      draining: this.#draining,
      started: this.#started,
      checks,
    };
  }

  answer(request: IncomingMessage): Promise<HealthAnswer> | undefined {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const kind = this.#settings.paths.get(pathOf(request));
    return kind === undefined ? undefined : this.#answer(kind, request);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const check of this.#checks) check[Symbol.dispose]();
  }

  async #answer(kind: HealthKind, request: IncomingMessage): Promise<HealthAnswer> {
    const detailed = this.#showsDetails(request);
    return answerOf(await this.probe(kind), detailed);
  }

  #showsDetails(request: IncomingMessage): boolean {
    try {
      const answer = this.#settings.detailsFor(request);
      if (answer === true) return true;
      // A promise is no yes, whatever it comes to; nor may it end the process.
      Promise.resolve(answer).catch(() => undefined);
    } catch {
      // Whoever cannot be told apart sees what everybody sees.
    }
    return false;
  }

  get #draining(): boolean {
    return this.#settings.draining?.aborted === true;
  }

  #of(kind: HealthKind): readonly Check[] {
    return this.#checks.filter((check) => check.kind === kind);
  }

  /** What is about to end, or has passed, is not asked: it may be torn down, and the answer is known. */
  #toAsk(kind: HealthKind): readonly Check[] {
    if (this.#disposed) return [];
    if (kind === 'liveness') return this.#of('liveness');
    const startup = this.#started ? [] : this.#of('startup');
    if (kind === 'startup') return startup;
    return this.#draining ? [] : [...startup, ...this.#of('readiness')];
  }

  #startsWith(checks: readonly CheckReport[]): boolean {
    const startup = checks.filter(({ kind }) => kind === 'startup');
    return startup.length > 0 && startup.every(({ status }) => status === 'pass');
  }

  #passes(kind: HealthKind, checks: readonly CheckReport[]): boolean {
    const sound = checks.every(({ status }) => status === 'pass');
    switch (kind) {
      case 'liveness':
        return sound || this.#disposed;
      case 'readiness':
        return sound && this.#started && !this.#draining && !this.#disposed;
      case 'startup':
        return this.#started;
    }
  }
}

/**
 * Answers to the probes of an orchestrator or a balancer, from checks that run when somebody asks.
 *
 * - Liveness fails only where a check of kind `liveness` does. It follows neither the drain nor what this
 *   process depends on: a restart heals neither.
 * - Readiness fails while `drain` is on, until startup has passed, and where a check of kind `readiness` does.
 * - Startup has passed once all checks of kind `startup` passed for one probe, and has then passed for good.
 *   A readiness probe asks them too until then. Without such checks it has passed from the beginning.
 *
 * Probes that come together share a run, results are kept for `cacheMs`, and a run that takes longer than
 * `timeoutMs` fails with `HF_TIMEOUT`. One that ignores its signal and hangs is not begun again while it
 * hangs, so that probes never pile up; it fails until it ends. Answers are 200 or 503 with `Cache-Control:
 * no-store` and no more than `{"status":"pass"}` or `{"status":"fail"}`, whoever asks, but for `detailsFor`.
 *
 * Disposing aborts the checks that run and begins none any more: readiness fails from then on, liveness
 * passes and startup stays what it was. Throws `TypeError` or `RangeError` for a wrong option.
 * The kinds are those of Kubernetes' probes, the words those of draft-inadarei-api-health-check; that
 * liveness must not follow a drain is kubernetes#52817.
 */
export const health = (options: HealthOptions = {}): Health =>
  new ProcessHealth(settingsOf(options));
