import { errorMonitor } from 'node:events';
import { Server } from 'node:net';

/** Hears of every server of this process that listens from now on. */
export interface ListenWatcher {
  /** It is about to listen: `listen` does so, now or later. Throws what the caller is to get. */
  begins(server: Server, listen: () => void): void;
  /** Called after everybody else's listeners of `listening`, and before it has a connection. */
  listens(server: Server): void;
  /** It does not listen, or not any more; may be said twice. */
  ends(server: Server): void;
  /** What `listen` is called with. */
  argumentsOf(args: readonly unknown[]): readonly unknown[];
}

type Method = (this: Server, ...args: readonly unknown[]) => Server;

const watch = (server: Server, watcher: ListenWatcher): Disposable => {
  const onListening = (): void => {
    server.off(errorMonitor, onEnd);
    // Promises that the program waits with go on before this, and may hand the server to a drain of its own.
    const tell = (): void => {
      if (server.listening) watcher.listens(server);
    };
    queueMicrotask(() => process.nextTick(tell));
  };
  const dispose = (): void => {
    server.off('listening', onListening);
    server.off('close', onEnd);
    server.off(errorMonitor, onEnd);
  };
  const onEnd = (): void => {
    dispose();
    watcher.ends(server);
  };
  server.once('listening', onListening).once('close', onEnd).once(errorMonitor, onEnd);
  return { [Symbol.dispose]: dispose };
};

/** Has every server of `net`, and so all that Node has, call another method; disposing puts Node's own back. */
const replace = (name: 'listen' | 'close', wrap: (own: Method) => Method): Disposable => {
  const { prototype } = Server;
  const own: Method = Reflect.get<object, string>(prototype, name);
  const wrapped = wrap(own);
  const define = (value: Method): void => {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  };
  define(wrapped);
  return {
    [Symbol.dispose]: () => {
      if (Reflect.get(prototype, name) === wrapped) define(own);
    },
  };
};

const listenOf = (own: Method, watcher: ListenWatcher): Method =>
  function listen(...args) {
    const ready = watcher.argumentsOf(args);
    const watched = watch(this, watcher);
    const begin = (): void => {
      try {
        own.apply(this, [...ready]);
      } catch (error) {
        watched[Symbol.dispose]();
        // It may listen already, and go on to do so.
        watcher[this.listening ? 'listens' : 'ends'](this);
        throw error;
      }
    };
    watcher.begins(this, begin);
    return this;
  };

/** Its connections may keep the event `close` waiting for ever. */
const closeOf = (own: Method, watcher: ListenWatcher): Method =>
  function close(...args) {
    if (this.listening) watcher.ends(this);
    return own.apply(this, [...args]);
  };

/** Tells of every `listen` and what comes of it; disposing ends that. */
export const watchListening = (watcher: ListenWatcher): Disposable => {
  const replaced = [
    replace('listen', (own) => listenOf(own, watcher)),
    replace('close', (own) => closeOf(own, watcher)),
  ];
  return {
    [Symbol.dispose]: () => {
      for (const each of replaced) each[Symbol.dispose]();
    },
  };
};
