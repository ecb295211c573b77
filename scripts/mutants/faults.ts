import { CLUSTER_FAULTS } from './cluster-faults.ts';
import { COMMAND_FAULTS } from './command-faults.ts';
import { INBOUND_FAULTS } from './inbound-faults.ts';
import { LIMIT_FAULTS } from './limit-faults.ts';
import { POLICY_FAULTS } from './policy-faults.ts';
import { PERMIT_FAULTS } from './permit-faults.ts';
import { STORE_FAULTS } from './store-faults.ts';
import { VERDICT_FAULTS } from './verdict-faults.ts';
import { WINDOW_FAULTS } from './window-faults.ts';
import type { Fault } from './fault.ts';

/** The faults that `pnpm mutants` seeds one by one; every one must make the tests fail. */
export const FAULTS: readonly Fault[] = [
  ...PERMIT_FAULTS,
  ...WINDOW_FAULTS,
  ...VERDICT_FAULTS,
  ...COMMAND_FAULTS,
  ...POLICY_FAULTS,
  ...LIMIT_FAULTS,
  ...INBOUND_FAULTS,
  ...STORE_FAULTS,
  ...CLUSTER_FAULTS,
];
