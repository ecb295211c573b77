import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Keeping } from '../../faults/processes/keeping.ts';

/** Builds of the service: one that works, and three that do not. */
export type Build = 'good' | 'never-ready' | 'crashes-at-start' | 'crashes-after-ready';

const FILES = [
  new URL('service.mjs', import.meta.url),
  new URL('starts.mjs', import.meta.url),
] as const;

const BUILDS: Readonly<Record<Build, URL>> = {
  good: new URL('good.mjs', import.meta.url),
  'never-ready': new URL('never-ready.mjs', import.meta.url),
  'crashes-at-start': new URL('crashes-at-start.mjs', import.meta.url),
  'crashes-after-ready': new URL('crashes-after-ready.mjs', import.meta.url),
};

/** A folder with the service in it, as it is deployed on a machine. */
export class Deployment {
  readonly folder: string;
  /** What a contestant is told to run. */
  readonly program: string;
  readonly #keeping: Keeping;

  private constructor(folder: string, keeping: Keeping) {
    this.folder = folder;
    this.program = join(folder, 'current.mjs');
    this.#keeping = keeping;
  }

  static make(keeping: Keeping): Deployment {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-disrupt-'));
    keeping.add({ folder });
    for (const file of FILES) copyFileSync(file, join(folder, basename(file.pathname)));
    const deployment = new Deployment(folder, keeping);
    deployment.deploy('good');
    deployment.forgetStarts();
    return deployment;
  }

  /** Puts another build in the place of the one that is there. */
  deploy(build: Build): void {
    copyFileSync(BUILDS[build], this.program);
  }

  /** Where each start of the service leaves a line. */
  get starts(): string {
    return join(this.folder, 'starts');
  }

  /** When the service was started, every time, by a clock of the system's own. */
  startTimes(): readonly number[] {
    const lines = readFileSync(this.starts, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => Number(line.split(' ', 1)[0]));
  }

  forgetStarts(): void {
    writeFileSync(this.starts, '');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    this.#keeping.remove({ folder: this.folder });
  }
}
