import { fileURLToPath } from 'node:url';
import { supervise } from '@holdfast/cluster';
import { expect, it, onTestFinished } from 'vitest';

const exec = fileURLToPath(new URL('fixtures/server.ts', import.meta.url));
const log: string[] = [];

const failureOf = async (env: Record<string, string>): Promise<unknown> =>
  await supervise({
    exec,
    workers: 1,
    env,
    restart: { backoff: { baseMs: 1 }, budget: { restarts: 1 } },
    signals: false,
    log: (line) => {
      log.push(line);
      throw new Error('a log that fails');
    },
  }).catch((error: unknown) => error);

it.each(['ENOENT', 'E2BIG'])('a worker that cannot be started says why: %s', async (code) => {
  const { execPath, emitWarning } = process;
  onTestFinished(() => void Object.assign(process, { execPath, emitWarning }));
  process.emitWarning = () => undefined;
  // The one is told by an event, the other one is thrown.
  if (code === 'ENOENT') process.execPath = '/nowhere/node';
  const failure = await failureOf(code === 'E2BIG' ? { LONG: 'x'.repeat(200_000) } : {});
  const reason = expect.stringMatching(
    new RegExp(`the worker of slot 0 could not be started \\(spawn .*${code}\\)$`),
  );
  expect(failure).toMatchObject({
    code: 'HF_START_FAILED',
    message: reason,
    cause: { worker: { slot: 0, pid: undefined } },
  });
  expect(log.splice(0).slice(0, 2)).toEqual([
    expect.stringMatching(new RegExp(`^worker of slot 0: could not be started: spawn .*${code}$`)),
    expect.stringContaining('slot 0: another worker in'),
  ]);
});
