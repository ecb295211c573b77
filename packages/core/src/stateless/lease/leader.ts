import { assertOptions, wrongType } from '../../options/validate.ts';
import { Campaign } from './campaign.ts';
import type { Leader, LeaderEvents, LeaderOptions } from './leader-types.ts';
import { leaseSettings } from './settings.ts';

const KNOWN = ['store', 'name', 'tenant', 'leaseMs', 'deadlineMs', 'clock', 'random', 'lead'];

/**
 * Campaigns, from now until it is disposed of, to be the one process that runs `lead`. Where the leader
 * crashes another leads within `leaseMs` and a little; where it ends `lead` or is disposed of, at once. Neither a campaign
 * nor leadership keeps the process alive. Errors are events (`failure`), or a process warning
 * where `lead` throws and nobody listens; the campaign goes on.
 *
 * It promises what `lock` does, and no more: after a failover of the store two may lead until
 * the next renewal, so have what is written to check the `fence`. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const leader = (options: LeaderOptions): Leader => {
  assertOptions('leader', options, KNOWN);
  const { lead } = options;
  if (typeof lead !== 'function') throw wrongType('lead', lead, 'a function');
  const settings = leaseSettings('leader', options, 1);
  const campaign = new Campaign(settings, lead);
  return {
    name: settings.name,
    get isLeader() {
      return campaign.leads;
    },
    on: <Name extends keyof LeaderEvents>(
      event: Name,
      listener: (event: LeaderEvents[Name]) => void,
    ) => campaign.events.on(event, listener),
    [Symbol.asyncDispose]: () => campaign.end(),
  };
};
