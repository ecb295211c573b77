import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DrainableServer } from './types.ts';

/** A request to upgrade, as listeners of `upgrade` get it. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came after the request already. */
  readonly head: Buffer;
}

/** Hands it to the listeners; false where there are none any more. Throws what they do. */
export type PassOn = (upgrade: UpgradeRequest) => boolean;

/**
 * Comes between a server and its listeners of `upgrade`. A listener of one's own could neither keep others from
 * hearing nor have them wait, so `emit` of this one server is replaced; disposing puts it back, unless somebody
 * else has replaced it since, and then only passes everything on.
 */
export const interceptUpgrades = (
  server: DrainableServer,
  intercept: (upgrade: UpgradeRequest, passOn: PassOn) => void,
): Disposable => {
  const own = Object.getOwnPropertyDescriptor(server, 'emit');
  const before: (...parts: unknown[]) => boolean = Reflect.get(server, 'emit');
  let active = true;
  const passOn: PassOn = ({ request, socket, head }) =>
    before.call(server, 'upgrade', request, socket, head);
  const emit = (event: string | symbol, ...parts: unknown[]): boolean => {
    if (event !== 'upgrade' || !active) return before.call(server, event, ...parts);
    const [request, socket, head] = parts as [IncomingMessage, Duplex, Buffer];
    intercept({ request, socket, head }, passOn);
    return true;
  };
  Object.defineProperty(server, 'emit', { value: emit, writable: true, configurable: true });
  return {
    [Symbol.dispose]: () => {
      active = false;
      if (Reflect.get(server, 'emit') !== emit) return;
      if (own === undefined) Reflect.deleteProperty(server, 'emit');
      else Object.defineProperty(server, 'emit', own);
    },
  };
};
