/** Orders whose payment was put off. In memory; a real one would be a table. */
export class PayLaterQueue<Order> {
  readonly #orders: Order[] = [];
  #draining: Promise<void> | undefined = undefined;
  putOff = 0;
  charged = 0;

  add(order: Order): void {
    this.putOff++;
    this.#orders.push(order);
  }

  /**
   * Charges the orders, `lanes` at a time so as to be gentle with a service that has just recovered,
   * until all are charged. A lane ends at its first failure and puts its order back. One drain runs at a time: called
   * meanwhile it gives that one.
   */
  drain(charge: (order: Order) => Promise<unknown>, lanes: number): Promise<void> {
    this.#draining ??= this.#drain(charge, lanes).finally(() => (this.#draining = undefined));
    return this.#draining;
  }

  async #drain(charge: (order: Order) => Promise<unknown>, lanes: number): Promise<void> {
    await Promise.all(Array.from({ length: lanes }, () => this.#drainLane(charge)));
  }

  async #drainLane(charge: (order: Order) => Promise<unknown>): Promise<void> {
    for (let order = this.#orders.shift(); order !== undefined; order = this.#orders.shift()) {
      try {
        await charge(order);
        this.charged++;
      } catch {
        this.#orders.unshift(order); // for the next time
        return;
      }
    }
  }
}
