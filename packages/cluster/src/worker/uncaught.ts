import { inspect } from 'node:util';
import { FixedPortError } from './fixed-port.ts';

/** An error that nobody caught, in one line. */
export interface Uncaught {
  readonly detail: string;
  /** Whether another worker would fail in the same way: it can listen nowhere, or shares no store. */
  readonly isFatal: boolean;
}

const LISTEN_CALLS: ReadonlySet<unknown> = new Set(['listen', 'bind']);
const FATAL_CODES: ReadonlySet<unknown> = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL']);

const isFatal = (error: unknown): boolean => {
  if (error instanceof FixedPortError) return true;
  if (!(error instanceof Error && 'code' in error)) return false;
  if (error.code === 'HF_NO_STORE') return true;
  return 'syscall' in error && LISTEN_CALLS.has(error.syscall) && FATAL_CODES.has(error.code);
};

const UNSHOWN = 'an error that cannot be shown';

/** What a program throws may throw in its turn when it is looked at. */
const lookedAt = <T>(look: () => T, otherwise: T): T => {
  try {
    return look();
  } catch {
    return otherwise;
  }
};

const lineOf = (error: unknown): string => {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').slice(0, 1_000);
};

/** As Node prints it, but for the line of the source, which it tells nobody. */
const print = (error: unknown): void => {
  const text = lookedAt(() => inspect(error), UNSHOWN);
  process.stderr.write(`Uncaught:\n${text}\n\nNode.js ${process.version}\n`);
};

/**
 * Hears of errors and rejections that nobody caught, each printed; they end the process no more. Where the program has a
 * listener of `uncaughtException` of its own it decides, and nothing is heard.
 */
export const watchUncaught = (listener: (uncaught: Uncaught) => void): void => {
  process.on('uncaughtException', (error: unknown) => {
    if (process.listenerCount('uncaughtException') > 1) return;
    print(error);
    const look = (): Uncaught => ({ detail: lineOf(error), isFatal: isFatal(error) });
    listener(lookedAt(look, { detail: UNSHOWN, isFatal: false }));
  });
};
