import { ClusterError } from '../errors.ts';
import type { Fleet } from './fleet.ts';
import { Lane } from './lane.ts';
import type { Member } from './member.ts';
import { replaceWorker } from './replacement.ts';
import type { Slot } from './slot.ts';
import type { ReloadReport } from './supervisor-events.ts';

/** After a failed replacement of a worker that is worn, but works. */
const AGAIN_AFTER_MS = 60_000;

const stopped = (name: string): ClusterError =>
  new ClusterError('HF_STOPPED', `cluster "${name}" has been stopped`);

/** What is done on purpose, one after the other: reloads, changes of size, replacements of worn workers. */
export class PlannedWork {
  readonly #fleet: Fleet;
  readonly #onDone: () => void;
  readonly #lane = new Lane();
  /** The reload that will run after the one under way. */
  #nextReload: Promise<ReloadReport> | undefined = undefined;
  isReloading = false;

  /** `onDone` hears when something is over, well or not. */
  constructor(fleet: Fleet, onDone: () => void) {
    this.#fleet = fleet;
    this.#onDone = onDone;
  }

  reload(reason: string): Promise<ReloadReport> {
    this.#nextReload ??= this.#run(() => {
      this.#nextReload = undefined;
      return this.#reload(reason);
    });
    return this.#nextReload;
  }

  scale(workers: number): Promise<void> {
    return this.#run(() => this.#scale(workers));
  }

  recycle(slot: Slot, member: Member): void {
    member.wear.spare(Infinity);
    void this.#run(async () => {
      if (this.#fleet.isStopping || slot.current !== member || !member.isServing) return;
      try {
        const old = await replaceWorker(this.#fleet, slot, 'recycle');
        await old?.gone;
      } catch {
        // It works on, and why the new one did not is told by its events.
        member.wear.spare(AGAIN_AFTER_MS);
      }
    });
  }

  async #run<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await this.#lane.run(task);
    } finally {
      this.#onDone();
    }
  }

  async #reload(reason: string): Promise<ReloadReport> {
    const { name, ready, clock } = this.#fleet.settings;
    this.#assertRunning();
    const begun = clock.now();
    const generation = ++this.#fleet.generation;
    this.#fleet.emit('reloadStarted', { generation, reason });
    this.isReloading = true;
    this.#fleet.spares.dismiss();
    let replaced = 0;
    try {
      for (const slot of this.#fleet.slots) {
        const old = await replaceWorker(this.#fleet, slot, 'reload', ready.soakMs);
        replaced++;
        await old?.gone;
        this.#assertRunning();
      }
    } catch (error) {
      const cause = this.#fleet.isStopping ? stopped(name) : error;
      const detail = cause instanceof Error ? cause.message : String(cause);
      this.#fleet.emit('reloadAborted', { generation, reason, replaced, detail });
      const done = `${replaced} of ${this.#fleet.slots.length} workers were replaced`;
      throw new ClusterError('HF_RELOAD_ABORTED', `reload "${reason}" was given up, ${done}`, {
        cause,
      });
    } finally {
      this.isReloading = false;
      if (!this.#fleet.isStopping) this.#fleet.spares.resume();
    }
    const report = { generation, reason, tookMs: clock.now() - begun, replaced };
    this.#fleet.emit('reloadCompleted', report);
    return report;
  }

  async #scale(workers: number): Promise<void> {
    this.#assertRunning();
    const from = this.#fleet.slots.length;
    const again = this.#tryAgain(workers);
    if (workers > from) await this.#grow(workers);
    else await this.#shrink(workers);
    if (workers !== from) this.#fleet.emit('scaled', { from, to: workers });
    await Promise.all(again.map(async ({ standing }) => await standing.ready));
  }

  /** Whoever changes the size has looked into why some were given up. */
  #tryAgain(workers: number): readonly Member[] {
    const givenUp = this.#fleet.slots.slice(0, workers).filter((slot) => slot.givenUp);
    return givenUp.map((slot) => {
      slot.givenUp = undefined;
      return (slot.current = this.#fleet.launchFor(slot));
    });
  }

  async #grow(workers: number): Promise<void> {
    const { slots } = this.#fleet;
    const from = slots.length;
    while (slots.length < workers) this.#fleet.addSlot();
    try {
      await Promise.all(
        slots.slice(from).map(async ({ current }) => await current?.standing.ready),
      );
    } catch (error) {
      if (this.#fleet.isStopping) throw stopped(this.#fleet.settings.name);
      await this.#shrink(from);
      throw error;
    }
  }

  async #shrink(workers: number): Promise<void> {
    const leavers = this.#fleet.slots.splice(workers).flatMap((slot) => slot.clear());
    for (const member of leavers) member.retire('scale');
    await Promise.all(leavers.map(async (member) => await member.gone));
  }

  #assertRunning(): void {
    if (this.#fleet.isStopping) throw stopped(this.#fleet.settings.name);
  }
}
