import { randomBytes } from 'node:crypto';
import type { Fault } from '../fault.ts';
import { always, never, type Finding } from '../finding.ts';
import { withRedis } from '../processes/redis.ts';
import { withStore } from '../processes/stores.ts';
import { loggedIn, ownSessions } from '../sessions/own.ts';

const COOKIES = 2_000;
const LONG = 8_192;
const ID_BYTES = 18;
const MAC_BYTES = 32;

const text = (bytes: number): string => randomBytes(bytes).toString('base64url');

const name = (cookie: string): string => cookie.split('=', 1)[0] ?? '';

/** Another letter in the place. */
const changed = (cookie: string, at: number): string => {
  const letter = cookie[at] === 'A' ? 'B' : 'A';
  return cookie.slice(0, at) + letter + cookie.slice(at + 1);
};

/** Ways to write a cookie that this service never signed, out of one that it did. */
const FORGERIES: readonly ((cookie: string, index: number) => string)[] = [
  (cookie) => `${name(cookie)}=${text(ID_BYTES)}`,
  (cookie) => `${name(cookie)}=a1.${text(ID_BYTES)}.${text(MAC_BYTES)}`,
  (cookie) => `${name(cookie)}=zz.${text(ID_BYTES)}.${text(MAC_BYTES)}`,
  (cookie) => `${name(cookie)}=${'a'.repeat(LONG)}`,
  (cookie) => `${name(cookie)}=__proto__.constructor.prototype`,
  (cookie) => `${name(cookie)}=%00%ff; ${name(cookie)}=; ;;=;`,
  (cookie) => cookie.slice(0, -1),
  (cookie) => `${cookie}A`,
  (cookie, index) =>
    changed(cookie, name(cookie).length + 1 + (index % (cookie.length - name(cookie).length - 2))),
];

const forged = (cookie: string): readonly string[] =>
  Array.from({ length: COOKIES }, (_, index) => {
    const forge = FORGERIES[index % FORGERIES.length];
    return forge === undefined ? '' : forge(cookie, index);
  });

const CALLS = /^cmdstat_(?!info)[a-z|_]+:calls=(\d+)/gm;

const commandsIn = (statistics: string): number =>
  Array.from(statistics.matchAll(CALLS), ([, calls]) => Number(calls)).reduce((a, b) => a + b, 0);

/** Cookies that nobody signed. */
export const badCookies: Fault = {
  id: 'cookies',
  title: 'Cookies that were never signed, and a good one among them',
  run: ({ keeping }) =>
    withRedis(keeping, ({ port }) =>
      withStore(port, async (store, { client }): Promise<readonly Finding[]> => {
        const own = ownSessions(store);
        const good = await loggedIn(own, 'alice');
        const count = async (): Promise<number> => commandsIn(await client.info('commandstats'));
        const before = await count();
        let trusted = 0;
        for (const cookie of forged(good)) if ((await own.open(cookie)).state !== 'new') trusted++;
        const commands = (await count()) - before;
        const { user } = await own.open(good);
        return [
          never('forged cookies that were trusted', trusted, COOKIES),
          never('commands to the store for them', commands, COOKIES),
          always('the good one still opens its session', user === 'alice' ? 1 : 0, 1),
        ];
      }),
    ),
};
