import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { serveControl } from '../../../src/control/serve-control.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

/** A directory that is gone after the test. */
export const directory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-control-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};

export interface Served {
  readonly path: string;
  readonly supervisor: FakeSupervisor;
  readonly control: AsyncDisposable;
}

/** A supervisor with a control socket, which is closed after the test. */
export const served = async (): Promise<Served> => {
  const path = join(await directory(), 'control');
  const supervisor = new FakeSupervisor();
  const control = await serveControl(path, supervisor);
  onTestFinished(() => control[Symbol.asyncDispose]());
  return { path, supervisor, control };
};
