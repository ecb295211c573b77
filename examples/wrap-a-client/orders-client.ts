/** A client as vendors ship them: it lets its users bring a `fetch`, and nothing else. */
export class OrdersClient {
  readonly #baseUrl: string;
  readonly #fetch: typeof fetch;

  constructor(options: { readonly baseUrl: string; readonly fetch?: typeof fetch }) {
    this.#baseUrl = options.baseUrl;
    this.#fetch = options.fetch ?? fetch;
  }

  async place(order: { readonly item: string }): Promise<string> {
    const response = await this.#fetch(`${this.#baseUrl}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
    if (!response.ok) throw new Error(`orders answered ${response.status}`);
    return response.text();
  }
}
