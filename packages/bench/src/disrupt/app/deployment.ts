import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Keeping } from '../../faults/processes/keeping.ts';

/** Builds of the service: one that works, and three that do not. */
export type Build = 'good' | 'never-ready' | 'crashes-at-start' | 'crashes-after-ready';

const FILES = ['service.mjs', 'starts.mjs'] as const;

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
    for (const file of FILES) copyFileSync(new URL(file, import.meta.url), join(folder, file));
    const deployment = new Deployment(folder, keeping);
    deployment.deploy('good');
    deployment.forgetStarts();
    return deployment;
  }

  /** Puts another build in the place of the one that is there. */
  deploy(build: Build): void {
    copyFileSync(new URL(`builds/${build}.mjs`, import.meta.url), this.program);
  }

  /** Where each start of the service leaves a line. */
  get starts(): string {
    return join(this.folder, 'starts');
  }

  /** When the service was started, every time. */
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
