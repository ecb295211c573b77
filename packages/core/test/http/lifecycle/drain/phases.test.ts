import { describe, expect, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import { CHANNELS } from '../../../../src/index.ts';
import { messagesOn } from '../../../support/channel-messages.ts';
import { listenersOn } from '../../../support/calls.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';
import { hearWarnings } from '../../../support/warnings.ts';
import { rigOf } from './support/rig.ts';
import { until } from './support/until.ts';

describe('the phases of a drain', () => {
  test('come one after the other, each told after it is entered', async () => {
    const rig = await rigOf({ name: 'shop', announceMs: 100 });
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    const messages = messagesOn(CHANNELS.lifecycle);
    const log: string[] = [];
    rig.drain.on('phase', (event) => {
      expect(event.phase).toBe(rig.drain.phase);
      log.push(`${rig.clock.now()} ${event.phase} ${event.inFlight}`);
    });
    expect(rig.drain.phase).toBe('serving');
    await rig.start();
    await rig.clock.advanceAsync(100);
    await rig.clock.advanceAsync(1_600);
    rig.response(0).end();
    await rig.drain.start();
    expect(log).toEqual([
      '0 announcing 1',
      '100 lingering 1',
      '1600 closing 1',
      '1700 tearing-down 0',
      '1700 closed 0',
    ]);
    expect(messages).toEqual(
      ['announcing 1', 'lingering 1', 'closing 1', 'tearing-down 0', 'closed 0'].map((each) => {
        const [phase, inFlight] = each.split(' ');
        return { type: 'phase', name: 'shop', phase, inFlight: Number(inFlight) };
      }),
    );
  });

  test('take no time where nothing is open, but for the announcement', async () => {
    const rig = await rigOf({ announceMs: 700 });
    const report = await rig.clock.runUntilSettled(rig.drain.start());
    expect(report).toMatchObject({ tookMs: 700, clean: true });
    expect(rig.phases).toEqual(['announcing', 'lingering', 'closing', 'tearing-down', 'closed']);
  });

  test('are fewer where there is nothing to announce and no time to linger', async () => {
    const rig = await rigOf({ lingerMs: 0 });
    const wire = await rig.wire();
    await rig.start();
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ tookMs: 0, clean: true });
    expect(rig.phases).toEqual(['closing', 'tearing-down', 'closed']);
  });

  test('go on whatever a listener does', async () => {
    const warnings = hearWarnings();
    const rig = await rigOf();
    rig.drain.on('phase', () => {
      throw new Error('boom');
    });
    const report = await rig.clock.runUntilSettled(rig.drain.start());
    expect(report.clean).toBe(true);
    expect(rig.phases).toHaveLength(4);
    expect(warnings).toHaveLength(4);
  });

  test('linger half of what a short deadline leaves', async () => {
    const rig = await rigOf({ announceMs: 200, deadlineMs: 1_000 });
    const wire = await rig.wire();
    await rig.start();
    await rig.clock.advanceAsync(200);
    await rig.clock.advanceAsync(399);
    expect(rig.drain.phase).toBe('lingering');
    await rig.clock.advanceAsync(1);
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ tookMs: 600, clean: true });
  });
});

describe('starting', () => {
  test('gives the same promise every time, and the first reason', async () => {
    const rig = await rigOf();
    const first = rig.drain.start('deploy');
    expect(rig.drain.start('again')).toBe(first);
    const report = await rig.clock.runUntilSettled(first);
    expect(report.reason).toBe('deploy');
    expect(rig.drain.snapshot().reason).toBe('deploy');
    expect(rig.drain.start()).toBe(first);
  });

  test('starts once, also where a listener starts it again', async () => {
    const rig = await rigOf();
    const again: Promise<unknown>[] = [];
    rig.drain.signal.addEventListener('abort', () => again.push(rig.drain.start('abort')));
    rig.drain.on('phase', () => void again.push(rig.drain.start('phase')));
    const report = rig.drain.start('first');
    expect((await rig.clock.runUntilSettled(report)).reason).toBe('first');
    expect(new Set([report, ...again]).size).toBe(1);
    expect(rig.phases).toHaveLength(4);
  });

  test('aborts the signal, once the phase is entered', async () => {
    const rig = await rigOf();
    const { signal } = rig.drain;
    expect(signal.aborted).toBe(false);
    const phases: string[] = [];
    signal.addEventListener('abort', () => phases.push(rig.drain.phase));
    void rig.drain.start();
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'HF_DRAINING', policy: 'drain' });
    expect(phases).toEqual(['lingering']);
    await rig.clock.runUntilSettled(rig.drain.start());
    expect(rig.drain.signal).toBe(signal);
  });

  test('needs no server', async () => {
    const clock = new RecordingClock();
    using draining = drain([], { signals: false, clock });
    expect(await clock.runUntilSettled(draining.start())).toMatchObject({ clean: true, tookMs: 0 });
  });
});

describe('a drain', () => {
  test('tells of itself in plain JSON', async () => {
    const rig = await rigOf({ name: 'shop' });
    rig.drain.defer('database', () => undefined);
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    const snapshot = rig.drain.snapshot();
    expect(snapshot).toEqual({
      name: 'shop',
      phase: 'serving',
      reason: null,
      inFlight: 1,
      connections: 1,
      sessions: 0,
      upgraded: 0,
      deferred: ['database'],
    });
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });

  test('sets no timer while it serves, and leaves none when it is over', async () => {
    const rig = await rigOf();
    const wire = await rig.wire();
    wire.ask('/now');
    await wire.has('at /now');
    expect(rig.clock.timersMade).toBe(0);
    await rig.start();
    expect(rig.clock.holdsProcess).toBe(true);
    await rig.clock.advanceAsync(1_500);
    await rig.drain.start();
    expect(rig.clock.pendingTimers).toBe(0);
    expect(listenersOn(rig.drain.signal)).toBe(0);
  });
});
