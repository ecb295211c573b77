import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { listenAlong } from '../../../../src/http/lifecycle/listen-along.ts';

const rigOf = () => {
  const emitter = new EventEmitter();
  const heard: string[] = [];
  const along = () => listenAlong(emitter, { ring: () => void heard.push('along') });
  const user = () => void heard.push('user');
  return { emitter, heard, along, user };
};

describe('listening along', () => {
  test('listens to nothing that nobody else listens to', () => {
    const { emitter, along } = rigOf();
    along();
    expect(emitter.listenerCount('ring')).toBe(0);
  });

  test.each(['before', 'after'])('hears first, also of a listener added %s', (when) => {
    const { emitter, heard, along, user } = rigOf();
    if (when === 'before') emitter.on('ring', user);
    along();
    if (when === 'after') emitter.on('ring', user);
    emitter.emit('ring');
    expect(heard).toEqual(['along', 'user']);
  });

  test('is there once, however many others are', () => {
    const { emitter, heard, along, user } = rigOf();
    along();
    emitter.on('ring', user).on('ring', user);
    emitter.emit('ring');
    expect(heard).toEqual(['along', 'user', 'user']);
  });

  test('leaves with the last of the others, and comes back with the next', () => {
    const { emitter, heard, along, user } = rigOf();
    along();
    emitter.on('ring', user).once('ring', user);
    emitter.emit('ring');
    expect(emitter.listenerCount('ring')).toBe(2);
    emitter.off('ring', user);
    expect(emitter.listenerCount('ring')).toBe(0);
    heard.length = 0;
    emitter.once('ring', user);
    emitter.emit('ring');
    expect(heard).toEqual(['along', 'user']);
    expect(emitter.listenerCount('ring')).toBe(0);
  });

  test('comes back after all listeners of the event were taken away', () => {
    const { emitter, heard, along, user } = rigOf();
    along();
    emitter.on('ring', user);
    emitter.removeAllListeners('ring');
    expect(emitter.listenerCount('ring')).toBe(0);
    emitter.on('ring', user);
    emitter.emit('ring');
    expect(heard).toEqual(['along', 'user']);
  });

  test('leaves nothing behind when disposed of', () => {
    const { emitter, heard, along, user } = rigOf();
    const listening = along();
    emitter.on('ring', user);
    listening[Symbol.dispose]();
    expect(emitter.eventNames()).toEqual(['ring']);
    emitter.emit('ring');
    emitter.on('ring', user);
    expect(heard).toEqual(['user']);
    expect(emitter.listenerCount('ring')).toBe(2);
  });
});
