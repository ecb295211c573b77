import { errorMonitor } from 'node:events';
import { Server } from 'node:net';

/** Hears of every server of this process that listens from now on. */
export interface ListenWatcher {
  /** It is about to listen: `listen` does so, now or later. Throws what the caller is to get. */
  begins(server: Server, listen: () => void): void;
  /** Called after everybody else's listeners of `listening`, and before it has a connection. */
  listens(server: Server): void;
  /** It does not listen, or not any more. */
  ends(server: Server): void;
  /** What `listen` is called with. */
  argumentsOf(args: readonly unknown[]): readonly unknown[];
}

type Listen = (this: Server, ...args: readonly unknown[]) => Server;

const watch = (server: Server, watcher: ListenWatcher): Disposable => {
  const onListening = (): void => {
    server.off(errorMonitor, onEnd);
    // Promises that the program waits with go on before this, and may hand the server to a drain of its own.
    queueMicrotask(() => process.nextTick(() => watcher.listens(server)));
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

/** Tells of every `listen` of `net`, and so of all servers that Node has; disposing puts Node's own back. */
export const watchListening = (watcher: ListenWatcher): Disposable => {
  const { prototype } = Server;
  const before: Listen = Reflect.get<object, string>(prototype, 'listen');
  const listen: Listen = function listen(...args) {
    const ready = watcher.argumentsOf(args);
    const watched = watch(this, watcher);
    const begin = (): void => {
      try {
        before.apply(this, [...ready]);
      } catch (error) {
        watched[Symbol.dispose]();
        watcher.ends(this);
        throw error;
      }
    };
    watcher.begins(this, begin);
    return this;
  };
  const define = (value: Listen): void => {
    Object.defineProperty(prototype, 'listen', { value, writable: true, configurable: true });
  };
  define(listen);
  return {
    [Symbol.dispose]: () => {
      if (Reflect.get(prototype, 'listen') === listen) define(before);
    },
  };
};
