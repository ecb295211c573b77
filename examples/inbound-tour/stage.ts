import type { ApiProcess } from './api-process.ts';
import { Client } from './client.ts';
import type { PaymentsService } from './payments-service.ts';
import { comesTrue } from './wait.ts';

// What both APIs promise: `server.ts` of each has these numbers.
export const SLOTS = 8;
export const QUEUE = 4;
export const QUOTA = 100;
export const PRINTERS = 2;

/** An API and the service that it needs, for a scene to play on. */
export class Stage {
  readonly api: ApiProcess;
  readonly payments: PaymentsService;
  /** Orders that were confirmed to a client. */
  confirmed = 0;
  #clients = 0;

  constructor(api: ApiProcess, payments: PaymentsService) {
    this.api = api;
    this.payments = payments;
  }

  /** Somebody new, whose address the API has not seen before. */
  client(): Client {
    const number = ++this.#clients;
    return new Client({
      origin: this.api.origin,
      address: `10.0.${number >> 8}.${number & 255}`,
      onConfirmed: () => this.confirmed++,
    });
  }

  /** Whether as many orders can be at work at once as there are slots: nothing holds one for good. */
  async hasAllSlots(): Promise<boolean> {
    const { payments } = this;
    payments.hold();
    const orders = this.client().orders(SLOTS);
    const all = await comesTrue(() => payments.held === SLOTS, 1_500);
    payments.answer();
    const answers = await Promise.all(orders);
    return all && answers.every(({ status }) => status === 201);
  }
}
