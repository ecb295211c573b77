import { once } from 'node:events';
import type { Clock } from '@holdfast/core';
import { systemClock } from '../../../../core/src/runtime/system-clock.ts';
import { storeHost, type StoreHost } from '../../../src/ipc-store/store-host.ts';
import { RawStore } from '../../../src/ipc-store/raw-store.ts';
import { StoreLine } from '../../../src/ipc-store/store-line.ts';
import { socketPair, type SocketPair } from './socket-pair.ts';

/** A store without its guard, and the connection that it goes over. */
export interface Connected extends SocketPair {
  readonly store: RawStore;
  /** Another store over the same connection. */
  readonly again: () => RawStore;
}

interface Options {
  readonly clock?: Clock;
  readonly maxKeys?: number;
  readonly maxBytes?: number;
}

/** A host, and stores of as many workers as are asked for, all in this process. */
export class Lines implements AsyncDisposable {
  readonly host: StoreHost;
  readonly #clock: Clock;
  readonly #pairs: SocketPair[] = [];

  constructor({ clock = systemClock, ...limits }: Options = {}) {
    this.#clock = clock;
    this.host = storeHost({ clock, maxKeys: 1_000, ...limits });
  }

  /** A connection to the host on which nobody says anything yet. */
  async bare(workerId: number): Promise<SocketPair> {
    const pair = await socketPair();
    this.#pairs.push(pair);
    this.host.attach(workerId, pair.far);
    return pair;
  }

  async connect(workerId: number): Promise<Connected> {
    const pair = await this.bare(workerId);
    const line = new StoreLine(pair.near, this.#clock);
    const again = (): RawStore => new RawStore('ipc', line, this.#clock);
    return { ...pair, store: again(), again };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.host[Symbol.dispose]();
    await Promise.all(
      this.#pairs.map(async (pair) => {
        pair[Symbol.dispose]();
        for (const socket of [pair.near, pair.far]) if (!socket.closed) await once(socket, 'close');
      }),
    );
  }
}

export const SOON = { deadlineMs: 5_000 };
