import { memoryStore, sessions, type SessionsOptions } from '@holdfast/core/stateless';
import { expect, test } from 'vitest';

// What docs/stateless/sessions.md shows of sessions without a framework.

const secret = 'the secret of this test, long enough';
const fieldOf = (cookie = ''): string => cookie.split(';')[0] ?? '';

test('a session without a framework', async () => {
  const store = memoryStore();

  const shop = sessions({ store, keys: [{ id: 'a', secret }] });

  const choose = async (cookies: string | undefined, theme: string) => {
    const session = await shop.open(cookies);
    session.data['theme'] = theme;
    await session.save();
    return session.cookie(); // for Set-Cookie; undefined where there is nothing to tell
  };

  const cookie = await choose(undefined, 'dark');
  expect(cookie).toMatch(/^__Host-session=a\..*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  expect(await choose(fieldOf(cookie), 'light')).toBeUndefined();
  expect((await shop.open(fieldOf(cookie))).data).toEqual({ theme: 'light' });
});

test('no update is lost', async () => {
  const store = memoryStore();
  const shop = sessions({ store, keys: [{ id: 'a', secret }] });
  const first = await shop.open(undefined);
  first.data['visits'] = 0;
  await first.save();
  const cookie = fieldOf(first.cookie());

  const visit = async () => {
    const session = await shop.open(cookie);
    await session.update((data) => {
      data['visits'] = Number(data['visits']) + 1;
    });
  };

  await Promise.all(Array.from({ length: 50 }, visit));
  expect((await shop.open(cookie)).data['visits']).toBe(50);
});

test('all sessions of a user end at once', async () => {
  const store = memoryStore();
  const shop = sessions({ store, keys: [{ id: 'a', secret }] });
  const logIn = async () => {
    const session = await shop.open(undefined);
    await session.login('ann');
    return fieldOf(session.cookie());
  };
  const [phone, laptop] = [await logIn(), await logIn()];
  expect((await shop.open(phone)).user).toBe('ann');

  await shop.revokeAll('ann');

  expect((await shop.open(phone)).user).toBeUndefined();
  expect((await shop.open(laptop)).state).toBe('new');
});

test('keys are changed without a log-out', async () => {
  const store = memoryStore();
  const keys = (keyRing: SessionsOptions['keys']) => sessions({ store, keys: keyRing });
  const [old, fresh] = [secret, 'another secret of this test, as long'];
  const session = await keys([{ id: 'a', secret }]).open(undefined);
  session.data['theme'] = 'dark';
  await session.save();
  const cookie = fieldOf(session.cookie());

  const verifiesBoth = {
    store,
    keys: [
      { id: 'a', secret: old },
      { id: 'b', secret: fresh },
    ],
  };
  const signsWithB = {
    store,
    keys: [
      { id: 'b', secret: fresh },
      { id: 'a', secret: old },
    ],
  };

  expect((await sessions(verifiesBoth).open(cookie)).data['theme']).toBe('dark');
  expect((await sessions(signsWithB).open(cookie)).data['theme']).toBe('dark');
  expect((await keys([{ id: 'b', secret: fresh }]).open(cookie)).state).toBe('new');
});
