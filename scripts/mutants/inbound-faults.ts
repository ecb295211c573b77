import type { Fault } from './fault.ts';

const inbound = (name: string): string => `http/inbound/${name}.ts`;

/** Guards of requests: who ended it, what is held, what is told. */
export const INBOUND_FAULTS: readonly Fault[] = [
  {
    title: 'a client who leaves is the fault of the handler',
    file: inbound('ending'),
    find: 'readableEnded || broke || response.writableEnded',
    replace: 'response.writableEnded',
  },
  {
    title: 'a response that this server broke off is taken for a client who left',
    file: inbound('ending'),
    find: 'errored !== null && errored !== response.errored && !isCancelled(errored)',
    replace: 'errored !== null',
  },
  {
    title: 'a request behind another keeps its permits when the connection ends',
    file: inbound('exchange'),
    find: "    response.on('close', end);\n",
    replace: '',
  },
  {
    title: 'the signal of a request does not hear that its client left',
    file: inbound('exchange'),
    find: "if (ending !== 'complete') controller.abort();",
    replace: "if (ending === 'complete') controller.abort();",
  },
  {
    title: 'a far deadline takes the place of a near one',
    file: inbound('exchange'),
    find: '    if (this.#deadline !== undefined && this.#deadline <= due) return;\n',
    replace: '',
  },
  {
    title: 'a slot is kept for good',
    file: inbound('bulkhead-gate'),
    find: 'else exchange.atEnd(() => answer.release());',
    replace: '',
  },
  {
    title: 'a refusal of ours counts against the handler',
    file: inbound('breaker-gate'),
    find: 'else if (rejection !== undefined) permit.reject(rejection);\n    ',
    replace: '',
  },
  {
    title: 'a handler that answers late writes into the next answer',
    file: inbound('answer'),
    find: '    entomb(response);\n',
    replace: '',
  },
  {
    title: 'a response that has begun in time is counted as late',
    file: inbound('time-gates'),
    find: 'return response.writableEnded || (',
    replace: 'return false && (',
  },
  {
    title: 'everybody may set deadlines',
    file: inbound('deadline-gate'),
    find: 'trusts(subject) ? patienceOf',
    replace: 'true ? patienceOf',
  },
  {
    title: 'a policy that is mounted twice counts a request twice',
    file: inbound('exchange'),
    find: 'if (this.#entered?.includes(policy) === true) return false;',
    replace: '',
  },
  {
    title: 'slow uploads open the circuit of a route',
    file: inbound('breaker-gate'),
    find: 'if (slowUpload) permit.ignore();',
    replace: 'if (slowUpload) permit.reject(rejection);',
  },
  {
    title: 'a stream that ends with the signal takes the connection along',
    file: inbound('tombstone'),
    find: 'told.over ? destroy(error) : response',
    replace: 'destroy(error)',
  },
  {
    title: 'a promise for an answer ends the process',
    file: 'options/thenable.ts',
    find: 'if (isThenable(value)) Promise.resolve(value).catch(() => undefined);',
    replace: '',
  },
  {
    title: 'a client is believed who writes its own address',
    file: 'http/client-key/client-finder.ts',
    find: 'if (nearest === undefined || !nearest.trusted) return nearest;',
    replace: 'if (nearest === undefined) return nearest;',
  },
  {
    title: 'a drain ends idle connections at once',
    file: 'http/lifecycle/watched-server.ts',
    find: '    value: () => undefined,\n',
    replace: '    value: () => server.closeAllConnections(),\n',
  },
  {
    title: 'a signal that is passed on twice cuts requests, as GNU timeout sends it',
    file: 'http/lifecycle/first-signal.ts',
    find: "now - this.#at < SAME_MS ? 'again' : 'second'",
    replace: "'second'",
  },
  {
    title: 'readiness does not follow the drain',
    file: 'http/lifecycle/health.ts',
    find: 'return sound && this.#started && !this.#draining && !this.#disposed;',
    replace: 'return sound && this.#started && !this.#disposed;',
  },
  {
    title: 'clients are told to come back before they may',
    file: inbound('problem'),
    find: 'return seconds + Math.floor',
    replace: 'return seconds - Math.floor',
  },
  {
    title: 'a refused request counts as an outcome',
    file: inbound('rate-limit-gate'),
    find: '    if (isRefusal(rejection)) return false;\n',
    replace: '',
  },
  {
    title: 'nothing is given back of what does not count',
    file: inbound('rate-limit-gate'),
    find: 'if (!this.#counts(exchange, ending)) giveBack();',
    replace: '',
  },
];
