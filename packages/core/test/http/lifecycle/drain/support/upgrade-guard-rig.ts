import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { UpgradeGuardOptions } from '../../../../../src/http/lifecycle/upgrade-guard-options.ts';
import { guardUpgrade } from '../../../../../src/http/lifecycle/upgrade-guard.ts';
import { RecordingClock } from '../../../../support/recording-clock.ts';
import { listen } from './rig.ts';
import { requestTo, wireTo, type Wire } from './wire.ts';

/** The answer that agrees to an upgrade. */
export const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: any\r\n\r\n';
/** Asks for one. */
export const REQUEST = requestTo('/', 'Connection: Upgrade\r\nUpgrade: chat\r\n');

/** A server that agrees to every upgrade that its guard lets through. */
export interface UpgradeGuardRig {
  readonly server: Server;
  readonly clock: RecordingClock;
  readonly guard: Disposable;
  /** What the listener was handed, and what it read. */
  readonly upgrades: { readonly socket: Duplex; read: string }[];
  wire(): Promise<Wire>;
  /** Asks for an upgrade. */
  ask(): Promise<Wire>;
}

export const upgradeGuardRigOf = async (options: UpgradeGuardOptions): Promise<UpgradeGuardRig> => {
  const clock = new RecordingClock();
  const upgrades: UpgradeGuardRig['upgrades'] = [];
  const server = createServer((_, response) => void response.end('a request'));
  server.on('upgrade', (_: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upgrade = { socket, read: head.toString() };
    upgrades.push(upgrade);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => (upgrade.read += bytes.toString()));
    socket.on('end', () => socket.end());
    socket.write(SWITCHED);
  });
  const guard = guardUpgrade(server, { clock, random: () => 0, ...options });
  onTestFinished(() => guard[Symbol.dispose]());
  const port = await listen(server);
  const wire = () => wireTo(port);
  const ask = async (): Promise<Wire> => {
    const asking = await wire();
    asking.send(REQUEST);
    return asking;
  };
  return { server, clock, guard, upgrades, wire, ask };
};

/** A drain as far as the guard needs one. */
export const draining = (): { name: string; signal: AbortSignal; begin: () => void } => {
  const controller = new AbortController();
  return { name: 'shop', signal: controller.signal, begin: () => controller.abort() };
};
