import { settled } from './until.ts';

const FATAL = ['unhandledRejection', 'uncaughtException'] as const;

const nameOf = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);

/**
 * Hears, in everybody else's stead, what nobody handled, and every warning of the process. `stop`
 * gives the events back and returns what it heard.
 */
export const watchProcess = (): { stop(): Promise<readonly string[]> } => {
  const heard: string[] = [];
  const before = FATAL.map((event) => [event, process.rawListeners(event)] as const);
  const onWarning = (warning: Error): void => {
    if (warning.name !== 'ExperimentalWarning') heard.push(`warning: ${nameOf(warning)}`);
  };
  for (const [event] of before) {
    process.removeAllListeners(event);
    process.on(event, (cause: unknown) => heard.push(`${event}: ${nameOf(cause)}`));
  }
  process.on('warning', onWarning);
  return {
    stop: async () => {
      await settled();
      process.off('warning', onWarning);
      for (const [event, listeners] of before) {
        process.removeAllListeners(event);
        for (const listener of listeners) process.on(event, listener);
      }
      return heard;
    },
  };
};
