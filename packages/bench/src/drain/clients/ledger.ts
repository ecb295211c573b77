/** The server that is told to leave, and the one that stays. */
export type Place = 'leaving' | 'staying';

/** What the clients of one trial saw. */
export class Ledger {
  /** Sent and answered, or sent and lost. */
  requests = 0;
  /** Written on a connection, and never answered completely. */
  lost = 0;
  /** Turned away without having been begun: connects, and streams that HTTP/2 says so of. */
  refused = 0;
  /** When the server that leaves gave its last answer, in milliseconds of `performance.now()`. */
  lastAnswerAt = 0;

  answer(place: Place): void {
    this.requests++;
    if (place === 'leaving') this.lastAnswerAt = performance.now();
  }

  lose(): void {
    this.requests++;
    this.lost++;
  }

  refuse(place: Place): void {
    // Clients would turn to it for ever.
    if (place === 'staying') throw new Error('the server that stays refuses connections');
    this.refused++;
  }
}

/** Where clients find their servers, until when, and where they write down what they see. */
export interface Site {
  readonly ports: Readonly<Record<Place, number>>;
  readonly ledger: Ledger;
  readonly over: AbortSignal;
}

/** Clients at work; resolves when the site is over and all of them are done. */
export type Traffic = (site: Site) => Promise<void>;

/** So many clients that do the same. */
export const many =
  (howMany: number, client: Traffic): Traffic =>
  async (site) => {
    await Promise.all(Array.from({ length: howMany }, () => client(site)));
  };
