import {
  assertOptions,
  booleanOf,
  given,
  oneOf,
  outOfRange,
  wrongType,
} from '../../options/validate.ts';
import type { SessionCookieOptions } from './types.ts';

/** The name and the attributes of a cookie (RFC 6265bis), checked. */
export interface CookieSettings {
  readonly name: string;
  readonly path: string;
  readonly domain?: string;
  readonly secure: boolean;
  readonly httpOnly: true;
  readonly sameSite: 'strict' | 'lax' | 'none';
  readonly partitioned: boolean;
  readonly persistent: boolean;
}

const KNOWN = ['name', 'path', 'domain', 'secure', 'sameSite', 'persistent', 'partitioned'];

const NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;
const PATH = /^\/[\u0020-\u003A\u003D-\u007E]{0,255}$/;
const DOMAIN =
  /^\.?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,16}$/i;

const textIn = (option: string, value: unknown, form: RegExp, allowed: string): string => {
  if (typeof value !== 'string' || !form.test(value))
    throw wrongType(`cookie.${option}`, value, allowed);
  return value;
};

/** Browsers refuse such a cookie without a word. */
const assertAgreeing = ({ name, path, domain, secure, ...rest }: CookieSettings): void => {
  const prefix = name.toLowerCase();
  if (prefix.startsWith('__host-') && !(secure && path === '/' && domain === undefined))
    throw outOfRange('cookie.name', name, 'another with a domain, a path or without "secure"');
  if (secure) return;
  if (prefix.startsWith('__secure-'))
    throw outOfRange('cookie.name', name, 'another without "secure"');
  if (rest.sameSite === 'none')
    throw outOfRange('cookie.sameSite', 'none', '"lax" or "strict" without "secure"');
  if (rest.partitioned) throw outOfRange('cookie.partitioned', true, 'false without "secure"');
};

/** Checks the option `cookie` and fills in what it leaves out. */
export const cookieSettingsOf = (options: SessionCookieOptions = {}): CookieSettings => {
  assertOptions('cookie', options, KNOWN);
  const secure = booleanOf('cookie.secure', given(options.secure, true));
  const path = textIn('path', given(options.path, '/'), PATH, 'a path that begins with "/"');
  const { domain } = options;
  const bare = secure && path === '/' && domain === undefined;
  const name = given(options.name, bare ? '__Host-session' : 'session');
  const settings: CookieSettings = {
    name: textIn('name', name, NAME, 'up to 64 letters of a cookie name'),
    path,
    ...(domain === undefined ? {} : { domain: textIn('domain', domain, DOMAIN, 'a domain name') }),
    secure,
    httpOnly: true,
    sameSite: oneOf('cookie.sameSite', given(options.sameSite, 'lax'), ['strict', 'lax', 'none']),
    partitioned: booleanOf('cookie.partitioned', given(options.partitioned, false)),
    persistent: booleanOf('cookie.persistent', given(options.persistent, false)),
  };
  assertAgreeing(settings);
  return settings;
};
