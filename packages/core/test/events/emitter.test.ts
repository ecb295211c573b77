import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Emitter, type ErrorReporter, type Tap } from '../../src/events/emitter.ts';
import { settled } from '../support/breaker.ts';
import { expectInvalid } from '../support/invalid-option.ts';
import { throwingGetter } from '../support/thenables.ts';
import { hearWarnings } from '../support/warnings.ts';

interface Events {
  ping: number;
  pong: number;
}

const deaf: Tap<Events> = { hears: () => false, publish: () => undefined };

interface Bench {
  readonly emitter: Emitter<Events>;
  readonly heard: string[];
  readonly reports: (readonly [unknown, string])[];
  readonly reporter: ErrorReporter;
}

const emitterOf = (tap: Tap<Events> = deaf): Bench => {
  const reports: Bench['reports'] = [];
  const reporter: ErrorReporter = (error, source) => void reports.push([error, source]);
  return { emitter: new Emitter(tap), heard: [], reports, reporter };
};

/** Emits and dispatches at once. */
const ping = ({ emitter, reporter }: Bench, event: number): void => {
  emitter.emit('ping', event);
  emitter.flush(reporter);
};

describe('an emitter', () => {
  it('calls each listener once per event, in the order of events and of listeners', () => {
    const name = fc.constantFrom('ping' as const, 'pong' as const);
    const emits = fc.array(fc.tuple(name, fc.nat(9)), { maxLength: 20 });
    const listening = fc.array(name, { maxLength: 5 });
    const property = fc.property(emits, listening, (events, listeners) => {
      const { emitter, heard, reporter } = emitterOf();
      for (const [index, each] of listeners.entries()) {
        emitter.on(each, (event) => heard.push(`${index} ${each} ${event}`));
      }
      for (const [each, event] of events) emitter.emit(each, event);
      emitter.flush(reporter);
      const expected = events.flatMap(([each, event]) =>
        listeners.flatMap((wanted, index) => (wanted === each ? `${index} ${each} ${event}` : [])),
      );
      expect(heard).toEqual(expected);
    });
    fc.assert(property);
  });

  it('says nothing before it is flushed', () => {
    const { emitter, heard, reporter } = emitterOf();
    emitter.on('ping', (event) => heard.push(`heard ${event}`));
    emitter.emit('ping', 1);
    expect(heard).toEqual([]);
    emitter.flush(reporter);
    emitter.flush(reporter);
    expect(heard).toEqual(['heard 1']);
  });

  it('queues what a listener emits behind what is queued already', () => {
    const bench = emitterOf();
    const { emitter, heard } = bench;
    emitter.on('ping', (event) => {
      heard.push(`first ${event}`);
      if (event < 3) ping(bench, event + 10);
    });
    emitter.on('ping', (event) => heard.push(`second ${event}`));
    emitter.emit('ping', 1);
    emitter.emit('ping', 2);
    emitter.flush(bench.reporter);
    expect(heard).toEqual([
      'first 1',
      'second 1',
      'first 2',
      'second 2',
      'first 11',
      'second 11',
      'first 12',
      'second 12',
    ]);
  });

  it('goes on after a listener that throws and reports the error once', async () => {
    const bench = emitterOf();
    const error = new Error('thrown');
    bench.emitter.on('ping', () => {
      throw error;
    });
    bench.emitter.on('ping', (event) => bench.heard.push(`after ${event}`));
    ping(bench, 1);
    expect(bench.reports).toEqual([]);
    await settled();
    expect(bench.heard).toEqual(['after 1']);
    expect(bench.reports).toEqual([[error, 'listener']]);
  });

  it('reports a listener that rejects, or that answers a hostile thenable, once', async () => {
    const bench = emitterOf();
    const rejected = new Error('rejected');
    bench.emitter.on('ping', () => Promise.reject(rejected) as never);
    bench.emitter.on('ping', () => throwingGetter() as never);
    ping(bench, 1);
    await settled();
    expect(bench.reports).toHaveLength(2);
    expect(bench.reports).toContainEqual([rejected, 'listener']);
    expect(bench.reports).toContainEqual([new Error('getter'), 'listener']);
  });

  it('warns where nobody takes reports', async () => {
    const warnings = hearWarnings();
    const { emitter } = emitterOf();
    emitter.on('ping', () => {
      throw new Error('thrown');
    });
    emitter.on('ping', () => {
      throw 'text';
    });
    emitter.emit('ping', 1);
    emitter.flush(undefined);
    expect(warnings).toEqual([]);
    await settled();
    expect(warnings).toMatchObject([
      { code: 'HF_LISTENER_ERROR', type: 'HoldfastWarning' },
      { message: 'listener threw: text' },
    ]);
    expect(warnings[0]?.message).toContain('listener threw: Error: thrown\n    at');
  });

  it('warns of a reporter that throws itself, and reports no further', async () => {
    const warnings = hearWarnings();
    const { emitter } = emitterOf();
    let reports = 0;
    emitter.on('ping', () => {
      throw new Error('listener');
    });
    emitter.emit('ping', 1);
    emitter.flush(() => {
      reports++;
      throw new Error('reporter');
    });
    await settled();
    expect(reports).toBe(1);
    expect(warnings.map(({ message }) => message.split('\n')[0])).toEqual([
      'onListenerError threw: Error: reporter',
    ]);
  });

  it.each([
    { what: 'without a prototype', error: Object.create(null) as unknown },
    { what: 'whose text throws', error: { toString: () => [].at(0) } },
    { what: 'that is a symbol', error: Symbol('thrown') },
  ])('warns also of an error $what', async ({ error }) => {
    const warnings = hearWarnings();
    const { emitter } = emitterOf();
    emitter.on('ping', () => {
      throw error;
    });
    emitter.emit('ping', 1);
    emitter.flush(undefined);
    await settled();
    expect(warnings).toHaveLength(1);
  });

  it('lets one function listen twice and leave once', () => {
    const bench = emitterOf();
    const listener = (event: number): void => void bench.heard.push(`heard ${event}`);
    const first = bench.emitter.on('ping', listener);
    bench.emitter.on('ping', listener);
    ping(bench, 1);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    ping(bench, 2);
    expect(bench.heard).toEqual(['heard 1', 'heard 1', 'heard 2']);
  });

  it('calls a listener that leaves while an event is dispatched for no later one', () => {
    const bench = emitterOf();
    const once = bench.emitter.on('ping', (event) => {
      bench.heard.push(`once ${event}`);
      once[Symbol.dispose]();
    });
    bench.emitter.on('ping', (event) => bench.heard.push(`always ${event}`));
    bench.emitter.emit('ping', 1);
    bench.emitter.emit('ping', 2);
    bench.emitter.flush(bench.reporter);
    expect(bench.heard).toEqual(['once 1', 'always 1', 'always 2']);
  });

  it('calls a listener that came while an event is dispatched from the next one on', () => {
    const bench = emitterOf();
    bench.emitter.on('ping', (event) => {
      if (event === 1) bench.emitter.on('ping', (later) => bench.heard.push(`new ${later}`));
    });
    ping(bench, 1);
    expect(bench.heard).toEqual([]);
    ping(bench, 2);
    expect(bench.heard).toEqual(['new 2']);
  });

  it('dispatches what was queued before it was closed, and nothing after', () => {
    const bench = emitterOf({ hears: () => true, publish: () => undefined });
    bench.emitter.on('ping', (event) => bench.heard.push(`heard ${event}`));
    bench.emitter.emit('ping', 1);
    bench.emitter.close();
    ping(bench, 2);
    expect(bench.heard).toEqual(['heard 1']);
    expect(bench.emitter.hears('ping')).toBe(false);
  });

  it('keeps nothing that nobody hears, so that a later listener hears of nothing old', () => {
    const bench = emitterOf();
    bench.emitter.emit('ping', 1);
    bench.emitter.on('ping', (event) => bench.heard.push(`heard ${event}`));
    bench.emitter.flush(bench.reporter);
    expect(bench.heard).toEqual([]);
  });

  it('hears for its listeners and for its tap', () => {
    const { emitter } = emitterOf({ hears: (name) => name === 'pong', publish: () => undefined });
    expect([emitter.hears('ping'), emitter.hears('pong')]).toEqual([false, true]);
    const listening = emitter.on('ping', () => undefined);
    expect(emitter.hears('ping')).toBe(true);
    listening[Symbol.dispose]();
    expect(emitter.hears('ping')).toBe(false);
  });

  it('publishes each event once to the tap, after the listeners', () => {
    const order: string[] = [];
    const bench = emitterOf({
      hears: () => true,
      publish: (name, event) => void order.push(`tap ${name} ${event}`),
    });
    bench.emitter.on('ping', (event) => order.push(`listener ${event}`));
    ping(bench, 1);
    expect(order).toEqual(['listener 1', 'tap ping 1']);
  });

  it.each([undefined, null, 5, {}])('takes no listener but a function: %s', (value) => {
    const listener = value as () => void;
    expectInvalid(() => emitterOf().emitter.on('ping', listener), {
      type: TypeError,
      option: 'listener',
      value,
    });
  });
});
