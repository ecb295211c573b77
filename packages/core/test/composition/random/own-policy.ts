import type { Call, CallContext, Executable, RunOptions } from '../../../src/index.ts';
import type { OwnPlan } from './plan.ts';
import type { Site } from './site.ts';

const contextOf = (options: RunOptions): CallContext => ({
  signal: options.signal ?? new AbortController().signal,
  attempt: 1,
  deadline: options.deadline,
  key: options.key,
  priority: options.priority ?? 0,
  remainingMs: () => Infinity,
});

/** A user's own policy, which takes its time, fails by itself, or calls twice. */
export const ownPolicy = ({ does }: OwnPlan, name: string, site: Site): Executable => ({
  name,
  execute: async <T>(call: Call<T>, options: RunOptions = {}): Promise<T> => {
    const context = contextOf(options);
    const execution = site.of(context);
    if (does === 'waits') {
      await execution.run('own', context, async () => {
        await new Promise<void>((resolve) => {
          site.after(10, resolve);
        });
      });
    }
    if (does === 'fails at times' && site.random() < 0.3) {
      throw execution.error(new Error('the own policy failed'));
    }
    if (does !== 'calls again') return await call(context);
    try {
      return await call(context);
    } catch {
      return await call(context);
    }
  },
});
