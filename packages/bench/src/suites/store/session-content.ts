/** What a session of a shop holds: about 550 bytes of JSON. */
export const CONTENT = {
  user: 'c0ffee00-1234-4abc-9def-0123456789ab',
  roles: ['customer', 'beta'],
  locale: 'de-CH',
  csrf: 'b3JkZXIgYW4gYWdlbnQgdG8gYnV5IG1pbGs',
  cart: Array.from({ length: 5 }, (_, at) => ({
    id: `article-${at}-7f3a`,
    title: 'A thing of some length',
    pieces: at + 1,
    cents: 1_990 + at,
  })),
} as const;

let changes = 0;

/** Changes one value, as a request does. */
export const touchContent = (data: object): void => {
  changes++;
  Reflect.set(data, 'seen', changes);
};
