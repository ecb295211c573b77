import { assertRecord } from '@holdfast/core/adapter';
import { Agent, type Dispatcher } from 'undici';
import { standard, type StandardOptions, type StandardPolicies } from './standard.ts';

/** Options of `resilientAgent`: those of `standard`, and undici's own. */
export interface ResilientAgentOptions extends StandardOptions {
  /** Options of undici's `Agent`: connections, TLS, timeouts of its own … */
  readonly agent?: Agent.Options | undefined;
}

/** A dispatcher with the standard policies, by name. */
export type ResilientAgent = Dispatcher.ComposedDispatcher & {
  readonly policies: StandardPolicies;
};

/**
 * An undici `Agent` behind the standard policies, in one line: `setGlobalDispatcher(resilientAgent())`,
 * or `{ dispatcher: resilientAgent() }` of one request. Throws what `standard` throws.
 */
export const resilientAgent = (options: ResilientAgentOptions = {}): ResilientAgent => {
  assertRecord('resilientAgent', options);
  const { agent, ...own } = options;
  const set = standard(own);
  return Object.assign(new Agent(agent).compose(...set), { policies: set.policies });
};
