/** A check whose runs the test ends, one after another. */
export class ScriptedCheck {
  readonly #signals: AbortSignal[] = [];
  readonly #runs: PromiseWithResolvers<unknown>[] = [];

  readonly run = (signal: AbortSignal): Promise<unknown> => {
    const run = Promise.withResolvers<unknown>();
    this.#signals.push(signal);
    this.#runs.push(run);
    return run.promise;
  };

  get runs(): number {
    return this.#runs.length;
  }

  /** How many runs were told that nobody waits for them any more. */
  get aborted(): number {
    return this.#signals.filter(({ aborted }) => aborted).length;
  }

  /** Ends the last run; nothing where it has ended. */
  end(way: 'pass' | 'false' | 'reject'): void {
    const last = this.#runs.at(-1);
    if (way === 'reject') last?.reject(new Error('down'));
    else last?.resolve(way === 'pass');
  }
}
