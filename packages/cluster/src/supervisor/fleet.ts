import { sleep } from '@holdfast/core/adapter';
import { recycleCause, recycleLimitsOf } from '../restart/recycle.ts';
import { RestartPolicy } from '../restart/restart-policy.ts';
import type { FleetOptions } from './fleet-options.ts';
import { Member } from './member.ts';
import type { Answer, Departure, MemberHost } from './member-host.ts';
import { Requests } from './requests.ts';
import type { Settings } from './settings.ts';
import { Slot } from './slot.ts';
import { Spares } from './spares.ts';
import { StartGate } from './start-gate.ts';
import type { WorkerState } from './types.ts';
import { Vacancies } from './vacancies.ts';
import type { Blocked, Exit } from './worker-process.ts';

/** All workers and their slots: who is there, and who takes the place of one that fails. */
export class Fleet implements MemberHost {
  readonly slots: Slot[] = [];
  readonly members: Set<Member> = new Set();
  readonly requests: Requests;
  readonly gate: StartGate = new StartGate();
  readonly spares: Spares;
  readonly vacancies: Vacancies;
  readonly settings: Settings;
  generation = 1;
  /** How many had to be killed since the stop began. */
  killed = 0;
  /** Whether all that have gone since the stop began left as they were told, and cut nothing. */
  isClean = true;
  readonly #options: FleetOptions;
  readonly #stopping = new AbortController();
  #allGone: (() => void) | undefined = undefined;

  constructor(options: FleetOptions) {
    const { settings, emit } = options;
    this.#options = options;
    this.settings = settings;
    this.requests = new Requests(settings.clock);
    this.vacancies = new Vacancies({
      settings,
      emit,
      isOpen: (slot) => !this.isStopping && this.slots.includes(slot),
      launchFor: (slot) => this.launchFor(slot),
      changed: () => this.#look(),
    });
    this.spares = new Spares({
      count: settings.standby,
      policy: this.#newPolicy(),
      clock: settings.clock,
      budget: this.vacancies.budget,
      launch: () => this.#launch(undefined),
    });
  }

  /** Those that serve their slot, the blocked ones too. */
  get serving(): readonly Member[] {
    return this.slots.flatMap(({ current }) => (current?.isServing === true ? [current] : []));
  }

  /** Those that have had requests, on their way out or not. */
  get atWork(): readonly Member[] {
    return Array.from(this.members).filter(
      ({ slot, state }) => slot !== undefined && state !== 'starting',
    );
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Resolves after so long, or when all are to stop. */
  async pause(delayMs: number): Promise<void> {
    await sleep(this.settings.clock, delayMs, this.#stopping.signal).catch(() => undefined);
  }

  addSlot(): Slot {
    const slot = new Slot(this.slots.length, this.#newPolicy());
    this.slots.push(slot);
    slot.current = this.launchFor(slot);
    return slot;
  }

  /** One that has waited for it, or a new one. */
  launchFor(slot: Slot): Member {
    const spare = this.spares.take();
    if (spare === undefined) return this.#launch(slot.index);
    spare.activate(slot.index);
    return spare;
  }

  /** All leave; resolves once they are gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.isClean = true;
    this.killed = 0;
    this.gate.stop(this.settings.name);
    this.spares.dismiss();
    for (const slot of this.slots) slot.restartBy(undefined);
    for (const member of this.members) member.retire('stop');
    if (this.members.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#allGone = resolve;
    await promise;
  }

  killAll(): void {
    for (const member of this.members) member.kill();
  }

  onLoaded(): void {
    this.spares.loadedOne();
  }

  onReady(member: Member, tookMs: number): void {
    const slot = this.#slotOf(member);
    if (slot !== undefined) {
      slot.policy.ready(this.settings.clock.now());
      slot.wasNeverReady = false;
      slot.givenUp = undefined;
    }
    this.#options.emit('workerReady', { ...member.name, tookMs });
    this.#look();
  }

  onWish(member: Member): void {
    const slot = this.#slotOf(member);
    if (slot?.current === member) this.#options.onWish(slot, member);
    else member.leave('leaving');
  }

  onLeaving(member: Member, reason: Departure, detail: string): void {
    this.#options.emit('workerLeaving', { ...member.name, reason, detail });
    this.spares.lost(member);
  }

  /** It goes without having been told to. */
  onFailing(member: Member): void {
    const slot = this.#slotOf(member);
    this.gate.failed(member);
    if (slot?.successor === member) slot.successor = undefined;
    if (slot?.current !== member) return;
    slot.current = undefined;
    this.vacancies.fill(slot, member.causeOfGap);
  }

  onVitals(member: Member): void {
    const slot = this.#slotOf(member);
    const now = this.settings.clock.now();
    if (slot?.current !== member || member.state !== 'ready' || now < member.soundUntil) return;
    const worn = recycleCause(member.recycleLimits, member.vitals, member.ageMs);
    // A limit below what the program takes from its start would have it replaced without end.
    if (worn === 'rss' && member.ageMs < this.settings.restart.stableAfterMs) return;
    if (worn !== undefined) this.#options.onWorn(slot, member);
  }

  onBlocked(member: Member, blocked: Blocked): void {
    const { blockedMs, stack, detail } = blocked;
    this.#options.emit('workerBlocked', { ...member.name, blockedMs, stack, detail });
    this.#options.onBlocked();
  }

  onUnblocked(member: Member, blockedMs: number): void {
    this.#options.emit('workerUnblocked', { ...member.name, blockedMs });
  }

  onAnswer(member: Member, answer: Answer): void {
    this.requests.onAnswer(member, answer);
  }

  onExit(member: Member, exit: Exit, stateBefore: WorkerState): void {
    this.members.delete(member);
    this.requests.onGone(member);
    const { report, vitals } = member;
    const clean = stateBefore === 'leaving' && exit.exitCode === 0 && report?.clean !== false;
    if (member.killed) this.killed++;
    if (!clean) this.isClean = false;
    this.gate.failed(member);
    const event = { ...member.name, ...exit, clean, state: stateBefore, report, vitals };
    this.#options.emit('workerExited', event);
    if (!this.spares.lost(member, this.#isFatal(member, exit))) this.#vacate(member, exit);
    this.#look();
    if (this.members.size === 0) this.#allGone?.();
  }

  #newPolicy(): RestartPolicy {
    const { restart, random } = this.settings;
    return new RestartPolicy({ ...restart, random });
  }

  #launch(slot: number | undefined): Member {
    const { launcher, emit } = this.#options;
    const { settings, generation } = this;
    const recycleLimits = recycleLimitsOf(settings.recycle, settings.random);
    const member = new Member({ settings, launcher, host: this, generation, recycleLimits, slot });
    this.members.add(member);
    emit('workerStarted', member.name);
    return member;
  }

  #slotOf(member: Member): Slot | undefined {
    return member.slot === undefined ? undefined : this.slots[member.slot];
  }

  #isFatal({ fatal }: Member, { exitCode }: Exit): boolean {
    const { fatalExitCodes } = this.settings.restart;
    return fatal !== undefined || (exitCode !== null && fatalExitCodes.has(exitCode));
  }

  /** What becomes of the slot whose worker is gone. */
  #vacate(member: Member, exit: Exit): void {
    const slot = this.#slotOf(member);
    if (slot?.successor === member) slot.successor = undefined;
    if (slot?.current !== member) return;
    slot.current = undefined;
    slot.wasNeverReady = member.isNeverReady;
    if (this.#isFatal(member, exit)) this.vacancies.giveUp(slot, member);
    else this.vacancies.fill(slot, member.causeOfGap);
    // The port that is in use is so for all of them.
    if (member.fatal !== undefined && !this.gate.isOpen && this.serving.length === 0)
      this.gate.fail(this.settings.name);
  }

  #look(): void {
    if (this.isStopping) return;
    this.gate.look(this.slots, this.settings.name);
    const isOver = this.slots.every(({ givenUp }) => givenUp !== undefined);
    if (this.gate.isOpen && isOver) this.#options.onNothingLeft();
  }
}
