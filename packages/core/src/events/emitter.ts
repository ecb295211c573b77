import { wrongType } from '../options/validate.ts';

/** Hears an error that must not reach the caller, and where it came from. */
export type ErrorReporter = (error: unknown, source: string) => void;

type Listener = (event: never) => unknown;

const NOBODY: readonly Listener[] = [];

/** For policies whose events go to no channel. */
const SILENT: Tap<object> = { hears: () => false, publish: () => undefined };

/** Without a reporter of the user's, a listener's bug becomes a warning and never ends the process. */
const warn: ErrorReporter = (error, source) => {
  const message = `${source} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  process.emitWarning(message, { code: 'HF_LISTENER_ERROR', type: 'HoldfastWarning' });
};

/** Reports an error once, from a microtask of its own. What the reporter throws is a warning. */
export const report = (error: unknown, source: string, reporter: ErrorReporter = warn): void => {
  queueMicrotask(() => {
    try {
      reporter(error, source);
    } catch (second) {
      warn(second, 'onListenerError');
    }
  });
};

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value;

/** Where every event of a kind of policy goes besides its listeners: a diagnostics channel. */
export interface Tap<Events extends object> {
  /** Whether anybody subscribed to what this event would be published to. */
  hears(name: keyof Events): boolean;
  publish<Name extends keyof Events>(name: Name, event: Events[Name]): void;
}

/**
 * Listeners of one policy. Events are queued as they are committed and dispatched by `flush`, in
 * order; what is emitted meanwhile is queued behind.
 */
export class Emitter<Events extends object> {
  readonly #tap: Tap<Events>;
  /** Lists are replaced, never changed: a dispatch under way goes through the one it began with. */
  #listeners: Map<keyof Events, readonly Listener[]> | undefined = undefined;
  #queue: { readonly name: keyof Events; readonly event: Events[keyof Events] }[] = [];
  #flushing = false;
  #closed = false;

  constructor(tap: Tap<Events> = SILENT) {
    this.#tap = tap;
  }

  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Disposable {
    if (typeof listener !== 'function') throw wrongType('listener', listener, 'a function');
    // A registration of its own, so that one function may listen twice and leave once.
    const registration: Listener = (event) => listener(event);
    this.#listeners ??= new Map();
    this.#listeners.set(name, [...this.#listenersOf(name), registration]);
    return {
      [Symbol.dispose]: () => {
        const rest = this.#listenersOf(name).filter((each) => each !== registration);
        this.#listeners?.set(name, rest);
      },
    };
  }

  /** Whether somebody listens to this event, so that it is worth building. */
  hears(name: keyof Events): boolean {
    return !this.#closed && (this.#tap.hears(name) || this.#listenersOf(name).length > 0);
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    if (this.hears(name)) this.#queue.push({ name, event });
  }

  /** Dispatches what is queued, unless a dispatch further up the stack already does. */
  flush(reporter: ErrorReporter | undefined): void {
    if (this.#flushing || this.#queue.length === 0) return;
    this.#flushing = true;
    // The queue may grow while it is gone through.
    for (let i = 0; i < this.#queue.length; i++) this.#dispatch(this.#queue[i], reporter);
    this.#queue = [];
    this.#flushing = false;
  }

  /** What is queued is still heard, nothing after it. */
  close(): void {
    this.#closed = true;
  }

  #listenersOf(name: keyof Events): readonly Listener[] {
    return this.#listeners?.get(name) ?? NOBODY;
  }

  #dispatch(
    queued: { readonly name: keyof Events; readonly event: Events[keyof Events] } | undefined,
    reporter: ErrorReporter | undefined,
  ): void {
    if (queued === undefined) return;
    const { name, event } = queued;
    for (const listener of this.#listenersOf(name)) dispatch(listener, event, reporter);
    if (this.#tap.hears(name)) this.#tap.publish(name, event);
  }
}

/** Calls a listener; what it throws, at once or later, is reported. */
export const dispatch = (
  listener: Listener,
  event: unknown,
  reporter: ErrorReporter | undefined,
): void => {
  try {
    const result = listener(event as never);
    if (isThenable(result)) {
      Promise.resolve(result).catch((error: unknown) => report(error, 'listener', reporter));
    }
  } catch (error) {
    report(error, 'listener', reporter);
  }
};
