/** What this bench asks of a process that looks after workers. */
export type Order = 'workers' | 'reload' | 'state';

/** An order, with a number for the answer. */
export interface Ask {
  readonly id: number;
  readonly order: Order;
}

/** The answer, or a worker that was started, so that nothing is left behind. */
export type Told = { readonly id: number; readonly value: unknown } | { readonly started: number };

/** The other end of `Primary`: answers orders, and ends the process with whoever gives them. */
export const obey = (orders: Readonly<Record<Order, () => unknown>>): void => {
  const answer = async ({ id, order }: Ask): Promise<void> => {
    const value = await orders[order]();
    process.send?.({ id, value });
  };
  process.on('message', (ask: Ask) => void answer(ask));
  process.on('disconnect', () => process.exit());
};
