import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../../src/index.ts';
import {
  isStoreError,
  key,
  leader,
  memoryStore,
  type LeadContext,
  type Leader,
  type LeaderEvents,
  type LeaderOptions,
} from '../../../src/stateless/index.ts';
import { hang } from '../../support/calls.ts';
import { messagesOn } from '../../support/channel-messages.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { OPERATION } from './support/bench.ts';
import { ScriptedStore } from './support/scripted-store.ts';
import { SimulatedProcess } from './support/simulated-process.ts';

const boom = new Error('boom');

const untilAborted = ({ signal }: LeadContext): Promise<void> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

const rigOf = () => {
  const clock = new RecordingClock();
  const memory = memoryStore({ clock });
  const told: string[] = [];
  const candidate = (name: string, options: Partial<LeaderOptions> = {}) => {
    const process = new SimulatedProcess(clock);
    const scripted = new ScriptedStore(memory, clock);
    const campaign = leader({
      store: process.seeing(scripted.store),
      name: 'chief',
      leaseMs: 9_000,
      deadlineMs: 1_000,
      clock: process.clock,
      random: () => 0,
      lead: untilAborted,
      ...options,
    });
    campaign.on('elected', ({ fence }) => told.push(`${name} elected ${fence.length > 9}`));
    campaign.on('resigned', ({ reason }) => told.push(`${name} ${reason}`));
    return { process, scripted, campaign };
  };
  return { clock, memory, told, candidate };
};

const end = (campaign: Leader): Promise<void> => campaign[Symbol.asyncDispose]();

describe('a campaign', () => {
  test('has one of many lead, until it is disposed of; then another leads at once', async () => {
    const { clock, told, candidate } = rigOf();
    const all = ['a', 'b', 'c'].map((name) => candidate(name).campaign);
    await clock.advanceAsync(100_000);
    expect(all.map(({ isLeader }) => isLeader)).toEqual([true, false, false]);
    expect(told).toEqual(['a elected true']);
    const ended = end(all[0]!);
    expect(all[0]!.isLeader).toBe(false);
    await ended;
    await clock.advanceAsync(0);
    expect(all.filter(({ isLeader }) => isLeader)).toHaveLength(1);
    expect(told.slice(1, 3)).toEqual(['a disposed', 'b elected true']);
    await Promise.all(all.map(end));
    expect(clock.pendingTimers).toBe(0);
  });

  test('has another lead when the leader has crashed, within the lease', async () => {
    const { clock, told, candidate } = rigOf();
    const first = candidate('a');
    await clock.advanceAsync(0);
    const second = candidate('b');
    await clock.advanceAsync(50_000);
    first.process.crash();
    await clock.advanceAsync(9_000);
    expect(told).toEqual(['a elected true', 'b elected true']);
    expect(second.campaign.isLeader).toBe(true);
    await end(second.campaign);
  });

  test('does not keep the process alive, nor does leading', async () => {
    const { clock, candidate } = rigOf();
    candidate('a');
    candidate('b');
    await clock.advanceAsync(0);
    expect(clock.holdsProcess).toBe(false);
    expect(clock.pendingTimers).toBeGreaterThan(0);
  });

  test('lets others lead before it leads again, when lead has returned', async () => {
    const { clock, told, candidate } = rigOf();
    const first = candidate('a', { lead: () => undefined });
    await clock.advanceAsync(2_999);
    expect(told).toEqual(['a elected true', 'a returned']);
    expect(first.campaign.isLeader).toBe(false);
    await clock.advanceAsync(1);
    expect(told.slice(2)).toEqual(['a elected true', 'a returned']);
    const second = candidate('b');
    await clock.advanceAsync(3_000);
    expect(told.slice(4)).toEqual(['b elected true']);
    await Promise.all([end(first.campaign), end(second.campaign)]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('goes on when lead throws, and tells of it, or warns where nobody listens', async () => {
    const warnings = hearWarnings();
    const { clock, told, candidate } = rigOf();
    const { campaign } = candidate('a', {
      lead: () => {
        throw boom;
      },
    });
    await clock.advanceAsync(0);
    expect(told).toEqual(['a elected true', 'a threw']);
    expect(warnings).toMatchObject([{ code: 'HF_LISTENER_ERROR' }]);
    expect(warnings[0]?.message).toContain('lead threw: Error: boom');
    const failures: unknown[] = [];
    campaign.on('failure', (event) => void failures.push(event));
    await clock.advanceAsync(3_000);
    expect(failures).toEqual([{ name: 'chief', source: 'lead', error: boom }]);
    expect(warnings).toHaveLength(1);
    await end(campaign);
  });

  test('goes on when the store fails, and tells of it', async () => {
    const warnings = hearWarnings();
    const { clock, told, candidate } = rigOf();
    const { campaign, scripted } = candidate('a', { lead: () => undefined });
    const failures: LeaderEvents['failure'][] = [];
    campaign.on('failure', (event) => void failures.push(event));
    await clock.advanceAsync(0);
    scripted.next.lease = ['not-sent', 'hangs'];
    await clock.advanceAsync(3_000 + 3_000 + 1_000 + 2_999);
    expect(failures.map(({ source }) => source)).toEqual(['store', 'store']);
    expect(failures.every(({ error }) => isStoreError(error))).toBe(true);
    expect(told).toHaveLength(2);
    await clock.advanceAsync(1);
    expect(told).toHaveLength(4);
    expect(warnings).toEqual([]);
    await end(campaign);
  });
});

describe('leadership that is lost', () => {
  test('is over before another leads, and is told to everybody', async () => {
    const messages = messagesOn(CHANNELS.store);
    const { clock, told, candidate } = rigOf();
    const first = candidate('a');
    await clock.advanceAsync(0);
    const second = candidate('b');
    first.scripted.fate = 'hangs';
    await clock.advanceAsync(8_907);
    expect(first.campaign.isLeader).toBe(true);
    await clock.advanceAsync(1);
    expect([first.campaign.isLeader, second.campaign.isLeader]).toEqual([false, false]);
    expect(messages).toEqual([{ type: 'lease-lost', name: 'chief' }]);
    await clock.advanceAsync(92);
    expect(told).toEqual(['a elected true', 'a lost', 'b elected true']);
    first.scripted.fate = 'well';
    const ended = Promise.all([first, second].map(({ campaign }) => end(campaign)));
    await clock.runUntilSettled(ended);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is seen by a process that stood still, before its timers run', async () => {
    const { clock, candidate } = rigOf();
    const { campaign } = candidate('a');
    await clock.advanceAsync(0);
    clock.stall(9_000);
    expect(campaign.isLeader).toBe(false);
    await end(campaign);
  });

  test('keeps a process whose lead does not end from leading twice', async () => {
    const { clock, told, candidate } = rigOf();
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = candidate('a', { lead: () => promise });
    await clock.advanceAsync(0);
    first.scripted.fate = 'hangs';
    await clock.advanceAsync(9_000);
    first.scripted.fate = 'well';
    await clock.advanceAsync(60_000);
    expect(told).toEqual(['a elected true', 'a lost']);
    resolve();
    await clock.advanceAsync(3_000);
    expect(told).toEqual(['a elected true', 'a lost', 'a elected true', 'a returned']);
  });

  test('is no failure where lead ends with the reason of its signal, and one where it throws another', async () => {
    const { clock, candidate } = rigOf();
    const polite = candidate('a');
    const rude = candidate('b', {
      name: 'other',
      lead: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(boom));
        }),
    });
    const failures: unknown[] = [];
    for (const { campaign } of [polite, rude])
      campaign.on('failure', ({ name, error }) => void failures.push([name, error]));
    await clock.advanceAsync(0);
    for (const { scripted } of [polite, rude]) scripted.next.lease = Array(7).fill('hangs');
    await clock.advanceAsync(9_000);
    expect(failures).toEqual([['other', boom]]);
    await Promise.all([end(polite.campaign), end(rude.campaign)]);
  });
});

describe('a campaign that is disposed of', () => {
  test('ends as it waits, pauses, asks or leads, and leaves nothing', async () => {
    const { clock, memory, told, candidate } = rigOf();
    const leads = candidate('leads');
    await clock.advanceAsync(0);
    const waits = candidate('waits');
    const pauses = candidate('pauses', { name: 'another', lead: () => undefined });
    await clock.advanceAsync(100);
    const failures: unknown[] = [];
    for (const { campaign } of [waits, pauses, leads]) {
      campaign.on('failure', (event) => void failures.push(event));
      const ended = end(campaign);
      expect(end(campaign)).toBe(ended);
      await ended;
    }
    const asks = candidate('asks');
    asks.scripted.fate = 'late';
    await clock.runUntilSettled(end(asks.campaign));
    expect(failures).toEqual([]);
    expect(told.filter((line) => line.endsWith('elected true'))).toHaveLength(2);
    const rival = { max: 1, leaseMs: 1_000, id: 'rival' };
    for (const name of ['chief', 'another']) {
      const answer = await memory.lease(key('leader', 'default', name), rival, OPERATION);
      expect(answer.held).toBe(true);
    }
    expect(clock.pendingTimers).toBe(0);
  });

  test('as it asks has given back what is granted', async () => {
    const { clock, memory, told, candidate } = rigOf();
    const { campaign, scripted } = candidate('a', { lead: () => undefined });
    await clock.advanceAsync(2_999);
    scripted.ms = 500;
    scripted.next.lease = ['late'];
    await clock.advanceAsync(1);
    let over = false;
    const ended = end(campaign).then(() => (over = true));
    await clock.advanceAsync(499);
    expect(over).toBe(false);
    await clock.advanceAsync(1);
    await ended;
    expect(told).toEqual(['a elected true', 'a returned']);
    const rival = { max: 1, leaseMs: 1_000, id: 'rival' };
    const answer = await memory.lease(key('leader', 'default', 'chief'), rival, OPERATION);
    expect(answer.held).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test('waits for lead, and for one that does not end no longer than the lease', async () => {
    const { clock, candidate } = rigOf();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = candidate('a', { lead: () => promise });
    const stuck = candidate('b', { name: 'other', lead: hang });
    await clock.advanceAsync(0);
    const over: string[] = [];
    const ended = [slow, stuck].map(async ({ campaign }, index) => {
      await end(campaign);
      over.push(`${index} after ${clock.now()}`);
    });
    await clock.advanceAsync(1_000);
    expect(over).toEqual([]);
    resolve();
    await clock.advanceAsync(20_000);
    await Promise.all(ended);
    expect(over).toEqual(['0 after 1000', '1 after 9000']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('by a listener, as it is elected, does not lead', async () => {
    const { clock, told, candidate } = rigOf();
    let led = 0;
    const { campaign } = candidate('a', { lead: () => void led++ });
    let ended: Promise<void> | undefined;
    campaign.on('elected', () => {
      ended = end(campaign);
    });
    await clock.advanceAsync(0);
    await ended;
    expect(led).toBe(0);
    expect(told).toEqual(['a elected true', 'a disposed']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('tells lead so', async () => {
    const { clock, candidate } = rigOf();
    const reasons: unknown[] = [];
    const { campaign } = candidate('a', {
      lead: async (context) =>
        await untilAborted(context).catch((error: unknown) => void reasons.push(error)),
    });
    await clock.advanceAsync(0);
    await end(campaign);
    expect(reasons).toMatchObject([{ code: 'HF_DISPOSED', policy: 'chief' }]);
  });
});
