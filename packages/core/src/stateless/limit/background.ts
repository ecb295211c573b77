import { report } from '../../events/emitter.ts';
import { start } from '../../pipeline/start.ts';
import { isStoreError } from '../store-error.ts';

/** For commands that nobody waits for: a store that is lost fails nobody. Another error is a mistake, and is told. */
export const inBackground = (command: () => Promise<unknown>): void => {
  start(command, undefined).catch((error: unknown) => {
    if (!isStoreError(error)) report(error, 'store');
  });
};
