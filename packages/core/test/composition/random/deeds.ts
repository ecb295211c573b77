import { HoldfastError, type CallContext } from '../../../src/index.ts';
import { untilAborted } from '../../support/calls.ts';
import { thenable } from '../../support/thenables.ts';
import type { Execution } from './execution.ts';
import type { Deed } from './plan.ts';

/** What a retry on results does not want. */
export const UNWANTED = 'unwanted';

/** What calls that hang answer when the world ends. */
export const THE_END = 'the end';

/** What a call needs of the world it is made in. */
export interface Surroundings {
  after(ms: number, act: () => void): void;
  /** A promise that nobody settles until the world ends. */
  hang(): Promise<unknown>;
  giveUp(execution: Execution): void;
}

/** Has the caller give up around the moment in which the call settles. */
const settling = <T>(execution: Execution, { after, giveUp }: Surroundings, settle: () => T): T => {
  const { abort } = execution.plan;
  if (abort === 'just before the call settles') giveUp(execution);
  if (abort === 'a little after the call settles') after(5, () => giveUp(execution));
  try {
    return settle();
  } finally {
    if (abort === 'just after the call settles') queueMicrotask(() => giveUp(execution));
  }
};

interface Doing {
  readonly execution: Execution;
  readonly context: CallContext;
  readonly ms: number;
  readonly around: Surroundings;
}

const boomOf = ({ execution }: Doing): Error => execution.error(new Error('boom'));

const answerOf = ({ execution }: Doing): object => execution.value({ answer: execution.calls });

const now = (act: (doing: Doing) => unknown) => (doing: Doing) =>
  settling(doing.execution, doing.around, () => act(doing));

const later =
  (end: 'resolve' | 'reject') =>
  (doing: Doing): Promise<unknown> => {
    const { execution, around, ms } = doing;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    around.after(ms, () =>
      settling(execution, around, () =>
        end === 'resolve' ? resolve(answerOf(doing)) : reject(boomOf(doing)),
      ),
    );
    return promise;
  };

const raise = (error: unknown): never => {
  throw error;
};

const acts: Readonly<Record<Deed, (doing: Doing) => unknown>> = {
  answers: now(answerOf),
  'answers unwanted': now(({ execution }) => execution.value(UNWANTED)),
  rejects: now((doing) => Promise.reject(boomOf(doing))),
  throws: now((doing) => raise(boomOf(doing))),
  'throws nothing': now(({ execution }) => raise(execution.error(undefined))),
  'answers later': later('resolve'),
  'rejects later': later('reject'),
  hangs: ({ around }) => around.hang(),
  'heeds its signal': ({ context }) => untilAborted(context),
  'is a thenable that answers': now((doing) =>
    thenable((resolve: (value: unknown) => void) => resolve(answerOf(doing))),
  ),
  'is a thenable that rejects': now((doing) =>
    thenable((_: unknown, reject: (error: unknown) => void) => reject(boomOf(doing))),
  ),
  'is a thenable that throws': now((doing) => thenable(() => raise(boomOf(doing)))),
  'is refused elsewhere': now(({ execution }) =>
    raise(
      execution.error(new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'somewhere else' })),
    ),
  ),
};

/** The next call of an execution, as its script says. */
export const perform = (
  execution: Execution,
  context: CallContext,
  around: Surroundings,
): unknown => {
  const { deeds, abort } = execution.plan;
  const { deed, ms } = deeds[Math.min(execution.calls, deeds.length) - 1] ?? {
    deed: 'answers',
    ms: 0,
  };
  if (abort === 'in the call') queueMicrotask(() => around.giveUp(execution));
  return execution.run('call', context, () => acts[deed]({ execution, context, ms, around }));
};
