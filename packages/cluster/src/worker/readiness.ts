import type { Server } from 'node:net';
import type { Clock } from '@holdfast/core';

/** What a worker says on its way to its first request. */
export interface ReadinessParts {
  readonly readyOn: 'listening' | 'told';
  readonly standby: boolean;
  readonly clock: Clock;
  readonly loaded: () => void;
  readonly ready: () => void;
  /** Ready because a server listened, and none does any more. */
  readonly deserted: () => void;
}

/** A server may be closed for another to listen in its place. */
const DESERTED_MS = 500;

/**
 * Decides when a worker is ready: once a server listens, or it has said so itself, and none is about to listen. The
 * servers of a standby are held back until it is activated.
 */
export class Readiness {
  readonly #parts: ReadinessParts;
  readonly #pending = new Set<Server>();
  readonly #listening = new Set<Server>();
  #held: Map<Server, () => void> | undefined;
  #told = false;
  #said: 'nothing' | 'loaded' | 'ready' | 'deserted' = 'nothing';
  #over = false;
  readonly #settled = Promise.withResolvers<void>();
  #patience: Disposable | undefined = undefined;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
    this.#held = parts.standby ? new Map() : undefined;
  }

  /** Whether it has been, at least. */
  get wasReady(): boolean {
    return this.#said === 'ready' || this.#said === 'deserted';
  }

  begins(server: Server, listen: () => void): void {
    // A program that only starts would be dealt connections, and be gone before it has looked at them.
    if (this.#over && !this.wasReady) return;
    this.#pending.add(server);
    if (this.#held === undefined) return listen();
    this.#held.set(server, listen);
    this.#look();
  }

  listens(server: Server): void {
    this.#pending.delete(server);
    this.#listening.add(server);
    this.#look();
  }

  ends(server: Server): void {
    this.#pending.delete(server);
    this.#listening.delete(server);
    this.#held?.delete(server);
    this.#look();
  }

  /** The program has said that it is. */
  tell(): void {
    this.#told = true;
    this.#look();
  }

  /** Servers that were held back listen now. */
  activate(): void {
    if (this.#over) return;
    const held = this.#held;
    this.#held = undefined;
    for (const listen of held?.values() ?? []) listenSoon(listen);
    this.#look();
  }

  /** Nothing is said any more, and what is held back stays so. Resolves when no server is about to listen. */
  end(): Promise<void> {
    this.#over = true;
    this.#look();
    return this.#settled.promise;
  }

  /** Where one listens another may be about to, in the same breath. */
  #look(): void {
    if (this.#over && !this.#isAboutToListen) this.#settled.resolve();
    if (this.#due !== undefined) this.#parts.clock.afterPoll(() => this.#say());
    if (this.#isDeserted) {
      this.#patience ??= this.#wait();
      return;
    }
    this.#patience?.[Symbol.dispose]();
    this.#patience = undefined;
  }

  #wait(): Disposable {
    const timer = this.#parts.clock.setTimer(() => {
      this.#said = 'deserted';
      this.#parts.deserted();
    }, DESERTED_MS);
    timer.unref();
    return timer;
  }

  get #isAboutToListen(): boolean {
    return Array.from(this.#pending).some((server) => this.#held?.has(server) !== true);
  }

  get #isDeserted(): boolean {
    if (this.#over || this.#told || this.#said !== 'ready') return false;
    return this.#pending.size + this.#listening.size === 0;
  }

  /** What is to be said next, as things are. */
  get #due(): 'loaded' | 'ready' | undefined {
    if (this.#over || this.wasReady) return undefined;
    if (this.#held === undefined) return this.#isComplete ? 'ready' : undefined;
    const isLoaded = this.#told || this.#held.size > 0;
    return isLoaded && this.#said === 'nothing' ? 'loaded' : undefined;
  }

  get #isComplete(): boolean {
    if (this.#pending.size > 0) return false;
    return this.#told || (this.#parts.readyOn === 'listening' && this.#listening.size > 0);
  }

  #say(): void {
    const due = this.#due;
    if (due === undefined) return;
    this.#said = due;
    this.#parts[due]();
  }
}

/** Its caller is long gone: what `listen` throws at wrong arguments is nobody's but the process's. */
const listenSoon = (listen: () => void): void => process.nextTick(listen);
