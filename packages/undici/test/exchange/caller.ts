import type { VirtualClock } from '@holdfast/core/testing';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';

type Controller = Dispatcher.DispatchController;

/** What the caller's side does with one request. */
export interface CallerScript {
  readonly beginMs: number;
  readonly abortMs: number | undefined;
  readonly abortReason: 'none' | 'error' | 'timeout';
  readonly throwsAt: 'start' | 'headers' | 'data' | 'never';
}

export const callerScript: fc.Arbitrary<CallerScript> = fc.record({
  beginMs: fc.constantFrom(0, 1, 30, 300),
  abortMs: fc.option(fc.constantFrom(0, 1, 5, 41, 60), { nil: undefined }),
  abortReason: fc.constantFrom('none', 'error', 'timeout'),
  throwsAt: fc.constantFrom('never', 'never', 'never', 'start', 'headers', 'data'),
});

const reasonOf = (kind: CallerScript['abortReason']): Error | undefined => {
  if (kind === 'none') return undefined;
  return kind === 'error' ? new Error('caller left') : new DOMException('late', 'TimeoutError');
};

/** A handler as a client's, that writes down what it hears. */
export class Caller implements Dispatcher.DispatchHandler {
  readonly heard: string[] = [];
  error: unknown = undefined;
  readonly #script: CallerScript;
  #controller: Controller | undefined = undefined;
  #gaveUp = false;

  constructor(clock: VirtualClock, given: CallerScript) {
    this.#script = given;
    if (given.abortMs !== undefined) clock.setTimer(() => this.#abort(), given.abortMs);
  }

  get endings(): number {
    return this.heard.filter((event) => ['end', 'error', 'upgrade'].includes(event)).length;
  }

  #abort(): void {
    this.#gaveUp = true;
    Reflect.apply(this.#controller?.abort ?? (() => undefined), this.#controller, [
      reasonOf(this.#script.abortReason),
    ]);
  }

  #hear(event: 'start' | 'headers' | 'data'): void {
    this.heard.push(event);
    if (this.#script.throwsAt === event) throw new Error(`caller threw at ${event}`);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    // As undici's own handlers do.
    if (this.#gaveUp) this.#abort();
    else this.#hear('start');
  }

  onRequestUpgrade(): void {
    this.heard.push('upgrade');
  }

  onResponseStart(controller: Controller, status: number): void {
    this.#controller = controller;
    if (status >= 200) this.#hear('headers');
  }

  onResponseData(): void {
    this.#hear('data');
  }

  onResponseEnd(): void {
    this.heard.push('end');
  }

  onResponseError(_: Controller, error: Error): void {
    this.error = error;
    this.heard.push('error');
  }
}
