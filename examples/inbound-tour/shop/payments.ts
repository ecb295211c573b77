/** The client of the payments service. */
export class Payments {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Whether it was paid. */
  async charge(item: string, signal: AbortSignal): Promise<boolean> {
    try {
      const answer = await fetch(`${this.#url}/charges`, { method: 'POST', body: item, signal });
      await answer.text();
      return answer.ok;
    } catch {
      return false;
    }
  }

  async receipt(id: string, signal: AbortSignal): Promise<string> {
    const answer = await fetch(`${this.#url}/receipts/${id}`, { signal });
    return answer.text();
  }
}
