import type { Dispatcher } from 'undici';
import { bytes } from './plain.ts';

export type Controller = Dispatcher.DispatchController;
type Handler = Dispatcher.DispatchHandler;
type Fields = Parameters<NonNullable<Handler['onResponseStart']>>[2];
type Socket = Parameters<NonNullable<Handler['onRequestUpgrade']>>[3];
type Event = readonly [name: string, ...seen: unknown[]];

/** A handler written by hand that keeps each event; chunks, which the network cuts, are joined. */
export class Tape implements Handler {
  readonly events: Event[] = [];
  readonly done: Promise<void>;
  controller: Controller | undefined = undefined;
  readonly #also: Handler;
  #finish: () => void = () => undefined;
  #received: Buffer[] = [];
  #sent: Buffer[] = [];

  constructor(also: Handler = {}) {
    this.#also = also;
    this.done = new Promise((resolve) => (this.#finish = resolve));
  }

  onRequestStart(controller: Controller, context: unknown): void {
    const { aborted, paused, reason } = controller;
    // Controllers that undici makes itself, of a mock or a cache, leave out what others have as null.
    this.#keep('onRequestStart', { context, aborted, paused, reason: reason ?? null });
    this.controller ??= controller;
    this.#also.onRequestStart?.(controller, context);
  }

  onBodySent(chunk: Buffer): void {
    if (this.#sent.length === 0) this.events.push(['onBodySent', 'the first chunk']);
    this.#sent.push(Buffer.from(chunk));
  }

  onRequestSent(): void {
    this.events.push(['onRequestSent', bytes(Buffer.concat(this.#sent))]);
  }

  onResponseStarted(): void {
    this.#keep('onResponseStarted');
  }

  onResponseStart(controller: Controller, status: number, fields: Fields, text?: string): void {
    const { rawHeaders, paused } = controller;
    this.#keep('onResponseStart', { status, fields, text, rawHeaders, paused });
    this.#also.onResponseStart?.(controller, status, fields, text);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#received.push(Buffer.from(chunk));
    this.#also.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Fields): void {
    const { rawTrailers = null, aborted } = controller;
    this.#keep('onResponseEnd', { trailers, rawTrailers, aborted });
    this.#finish();
    this.#also.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller | null, error: Error): void {
    const { aborted, reason } = controller ?? {};
    this.#keep('onResponseError', { error, aborted, reason });
    this.#finish();
  }

  onRequestUpgrade(controller: Controller, status: number, fields: Fields, socket: Socket): void {
    this.#keep('onRequestUpgrade', { status, fields, rawHeaders: controller.rawHeaders });
    this.#also.onRequestUpgrade?.(controller, status, fields, socket);
    this.#finish();
  }

  #keep(name: string, ...seen: unknown[]): void {
    if (this.#received.length > 0)
      this.events.push(['onResponseData', bytes(Buffer.concat(this.#received.splice(0)))]);
    this.events.push([name, ...seen]);
  }
}

/** All events of one dispatch. */
export const taped = async (
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  tape: Tape = new Tape(),
): Promise<readonly Event[]> => {
  dispatcher.dispatch(options, tape);
  await tape.done;
  return tape.events;
};
