import { breaker, type Fault } from './fault.ts';

/** Verdicts, listeners, time and the other policies. */
export const VERDICT_FAULTS: readonly Fault[] = [
  {
    title: 'a listener that throws leaks into the call',
    file: 'events/emitter.ts',
    find: "  } catch (error) {\n    report(error, 'listener', reporter);\n  }",
    replace: '  } catch (error) {\n    throw error;\n  }',
  },
  {
    title: 'a clock that goes back takes time away',
    file: 'runtime/forward-clock.ts',
    find: 'if (now < this.#last) this.#lost += this.#last - now;',
    replace: '',
  },
  {
    title: 'HF_TIMEOUT is ignored',
    file: breaker('verdict'),
    find: "    default:\n      return 'failure';",
    replace: "    default:\n      return 'ignore';",
  },
  {
    title: 'AbortSignal.timeout is taken for a caller who left',
    file: breaker('verdict'),
    find: "if (isTimeout(error, name)) return 'failure';",
    replace: '',
  },
  {
    title: 'a caller who left counts as a failure',
    file: breaker('verdict'),
    find: "if (name === 'AbortError') return 'ignore';",
    replace: '',
  },
  {
    title: 'the refusal of another policy counts as a failure',
    file: breaker('verdict'),
    find: "if (holdsRefusal(error)) return 'ignore';",
    replace: '',
  },
  {
    title: 'a tiny deadline of the caller trips the circuit',
    file: breaker('verdict'),
    find: "return ranMs >= facts.settings.blameAfterMs ? 'failure' : 'ignore';",
    replace: "return ranMs >= 0 ? 'failure' : 'ignore';",
  },
  {
    title: 'a classifier that throws counts as a success',
    file: breaker('verdict'),
    find: "    report(thrown, 'classify', settings.onListenerError);\n    return 'failure';",
    replace: "    report(thrown, 'classify', settings.onListenerError);\n    return 'success';",
  },
  {
    title: 'a timeout of the attempt aborts the retry round it',
    file: 'pipeline/run.ts',
    find: '      signal: () => this.#outerSignal(),',
    replace: '      signal: () => this.signal,',
  },
  {
    title: 'a removed deadline still fires',
    file: 'runtime/deadline-queue.ts',
    find: '    if (position < 0) return;\n',
    replace: '    if (position >= -1) return;\n',
  },
];
