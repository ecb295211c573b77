import type { FromWorker, ToWorker } from '../protocol/messages.ts';
import { parseToWorker } from '../protocol/parse-to-worker.ts';

const asError = (value: unknown): Error =>
  value instanceof Error ? value : new Error(String(value));

/** The IPC channel to the supervisor. Nothing here throws, also where the supervisor is gone. */
export class PrimaryLine {
  /** How many messages are not written yet of those that found the channel full. */
  #waiting = 0;

  get isOpen(): boolean {
    return process.connected;
  }

  /** Whether what can be left out should be. */
  get isFull(): boolean {
    return this.#waiting > 0;
  }

  /** Answers with the error where it cannot be sent; `sent` hears once it is written, or never will be. */
  send(message: FromWorker, sent: () => void = () => undefined): Error | undefined {
    if (process.send === undefined || !process.connected) {
      sent();
      return new Error('the supervisor is gone');
    }
    const place = { waits: false };
    try {
      // With a callback a channel that breaks emits no `error`, which would be caught by nobody.
      const isRoomy = process.send(message, undefined, undefined, () => {
        if (place.waits) this.#waiting--;
        sent();
      });
      place.waits = !isRoomy;
      if (place.waits) this.#waiting++;
      return undefined;
    } catch (error) {
      sent();
      return asError(error);
    }
  }

  onMessage(listener: (message: ToWorker) => void): void {
    process.on('message', (raw) => {
      const message = parseToWorker(raw);
      if (message !== undefined) listener(message);
    });
  }
}
