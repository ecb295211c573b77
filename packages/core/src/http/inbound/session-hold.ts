import type { ServerResponse } from 'node:http';
import { isOver, streamOf } from './ending.ts';

/** What would change the answer, send something before it, or be a second one. */
const SILENCED = [
  'addTrailers',
  'appendHeader',
  'end',
  'flushHeaders',
  'removeHeader',
  'setHeader',
  'setHeaders',
  'write',
  'writeHead',
] as const satisfies readonly (keyof ServerResponse)[];

type Callback = () => void;

const holds = new WeakMap<object, Hold>();

const shadow = (name: 'headersSent' | 'writableEnded'): PropertyDescriptor => ({
  get(this: object): unknown {
    return holds.get(this)?.[name];
  },
  configurable: true,
});

const kept = (name: 'statusCode' | 'statusMessage'): PropertyDescriptor => ({
  get(this: object): unknown {
    return holds.get(this)?.get(name);
  },
  set(this: object, value: unknown): void {
    holds.get(this)?.set(name, value);
  },
  configurable: true,
});

/** Shared by all responses: to make them for each costs more than all the rest. */
const SHADOWS_OF_HTTP2: PropertyDescriptorMap = {
  headersSent: shadow('headersSent'),
  writableEnded: shadow('writableEnded'),
  statusCode: kept('statusCode'),
};
/** HTTP/2 has no such message, and warns whoever reads it. */
const SHADOWS: PropertyDescriptorMap = {
  ...SHADOWS_OF_HTTP2,
  statusMessage: kept('statusMessage'),
};

/**
 * A response that its handler has ended and that has to wait. To everybody else it is ended: it takes no more
 * writes, and guards of time leave it alone. What is written all the same does nothing, as after the answer of a
 * guard. `headersSent` reads false as long as it waits, so that the final handler of a framework writes, here, instead
 * of destroying the connection; since that may take its time, what is written after the end does nothing either.
 */
export class Hold {
  readonly #response: ServerResponse;
  readonly #methods: ReadonlyMap<string, unknown>;
  readonly #begun: boolean;
  readonly #kept: Map<string, unknown>;
  readonly #ofHttp2: boolean;
  #waiting: Callback[] = [];
  #state: 'held' | 'sending' | 'sent' = 'held';

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#ofHttp2 = streamOf(response) !== undefined;
    this.#begun = response.headersSent;
    this.#methods = new Map(SILENCED.map((method) => [method, Reflect.get(response, method)]));
    this.#kept = new Map<string, unknown>([['statusCode', response.statusCode]]);
    if (!this.#ofHttp2) this.#kept.set('statusMessage', response.statusMessage);
    holds.set(response, this);
    Object.defineProperties(response, this.#ofHttp2 ? SHADOWS_OF_HTTP2 : SHADOWS);
    this.#silence();
  }

  /** Gives the response back as it was, and who else waits for its end. */
  release(): Callback[] {
    this.#state = 'sending';
    for (const [name, method] of this.#methods) put(this.#response, name, method);
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** It has been ended. */
  close(): void {
    if (this.#ofHttp2) this.#kept.set('statusCode', this.#real('statusCode'));
    this.#state = 'sent';
    this.#silence();
  }

  get headersSent(): unknown {
    return this.#state === 'held'
      ? this.#begun && isOver(this.#response)
      : this.#real('headersSent');
  }

  get writableEnded(): unknown {
    return this.#state === 'held' || this.#real('writableEnded');
  }

  get(name: string): unknown {
    return this.#kept.get(name);
  }

  set(name: string, value: unknown): void {
    if (this.#state === 'sending') this.#kept.set(name, value);
  }

  #real(name: string): unknown {
    return Reflect.get(Object.getPrototypeOf(this.#response) as object, name, this.#response);
  }

  #silence(): void {
    for (const method of SILENCED) put(this.#response, method, this.ignore);
    put(this.#response, 'write', this.#silentWrite);
  }

  /** Does nothing with what somebody writes. */
  readonly ignore = (...given: readonly unknown[]): unknown => {
    const callback = given.at(-1);
    if (typeof callback !== 'function') return this.#response;
    if (this.#state === 'held') this.#waiting.push(() => callback());
    else process.nextTick(callback);
    return this.#response;
  };

  readonly #silentWrite = (...given: readonly unknown[]): boolean => {
    this.ignore(...given);
    return true;
  };
}

/** Much faster than to define it, where somebody has not made it so that only that works. */
const put = (response: ServerResponse, name: string, value: unknown): void => {
  if (!Reflect.set(response, name, value))
    Object.defineProperty(response, name, { value, configurable: true, writable: true });
};
