import { sleep } from '@holdfast/core/adapter';
import { RestartPolicy } from '../restart/restart-policy.ts';
import type { Emit, FleetOptions } from './fleet-options.ts';
import { Member } from './member.ts';
import type { Answer, Departure, MemberHost } from './member-host.ts';
import { Requests } from './requests.ts';
import type { Settings } from './settings.ts';
import { Slot } from './slot.ts';
import { Spares } from './spares.ts';
import { StartGate } from './start-gate.ts';
import type { WorkerState } from './status-types.ts';
import type { StopReport } from './supervisor-events.ts';
import { Vacancies } from './vacancies.ts';
import type { Blocked, Exit } from './worker-process.ts';

/** All workers and their slots: who is there, and who takes the place of one that fails. */
export class Fleet implements MemberHost {
  readonly slots: Slot[] = [];
  readonly members: Set<Member> = new Set();
  readonly requests: Requests;
  readonly gate: StartGate;
  readonly spares: Spares;
  readonly vacancies: Vacancies;
  readonly settings: Settings;
  readonly emit: Emit;
  generation = 1;
  readonly #options: FleetOptions;
  readonly #stopping = new AbortController();

  constructor(options: FleetOptions) {
    const { settings, emit } = options;
    this.#options = options;
    this.settings = settings;
    this.emit = emit;
    this.gate = new StartGate(settings.name);
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

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Resolves after so long, or when all are to stop. */
  async pause(delayMs: number): Promise<void> {
    await sleep(this.settings.clock, delayMs, this.#stopping.signal).catch(() => undefined);
  }

  addSlot(): void {
    const slot = new Slot(this.slots.length, this.#newPolicy());
    this.slots.push(slot);
    slot.current = this.launchFor(slot);
  }

  /** One that has waited for it, or a new one. */
  launchFor(slot: Slot): Member {
    const spare = this.spares.take();
    if (spare === undefined) return this.#launch(slot.index);
    spare.activate(slot.index);
    return spare;
  }

  /** All leave; tells how they did once they are gone. */
  async stop(): Promise<Pick<StopReport, 'clean' | 'killed'>> {
    this.#stopping.abort();
    this.gate.stop();
    this.spares.dismiss();
    for (const slot of this.slots) slot.restartBy(undefined);
    const leavers = [...this.members];
    for (const member of leavers) member.retire('stop');
    await Promise.all(leavers.map(async (member) => await member.gone));
    const killed = leavers.filter(({ parting }) => parting.wasKilled).length;
    return { clean: killed === 0 && leavers.every(({ parting }) => parting.isClean), killed };
  }

  killAll(): void {
    for (const member of this.members) member.kill();
  }

  onLoaded(): void {
    this.spares.loadedOne();
  }

  onReady(member: Member, tookMs: number): void {
    this.#slotOf(member)?.ready(this.settings.clock.now());
    this.emit('workerReady', { ...member.name, tookMs });
    this.#look();
  }

  onWish(member: Member): void {
    const slot = this.#slotOf(member);
    if (slot?.current === member) this.#options.onWish(slot, member);
    else member.leave('leaving');
  }

  onLeaving(member: Member, departure: Departure): void {
    this.emit('workerLeaving', { ...member.name, ...departure });
    this.spares.lost(member);
  }

  /** It goes without having been told to. */
  onFailing(member: Member): void {
    const slot = this.#slotOf(member);
    this.gate.failed(member);
    if (slot?.lose(member) === true) this.vacancies.fill(slot, member.parting.causeOfGap);
  }

  onVitals(member: Member): void {
    const slot = this.#slotOf(member);
    if (slot?.current !== member || member.state !== 'ready') return;
    const { wear, vitals } = member;
    if (wear.isAtLimit(vitals, this.vacancies.budget)) this.#options.onWorn(slot, member);
  }

  onBlocked(member: Member, blocked: Blocked): void {
    const { blockedMs, stack, detail } = blocked;
    this.emit('workerBlocked', { ...member.name, blockedMs, stack, detail });
    this.#options.onBlocked();
  }

  onUnblocked(member: Member, blockedMs: number): void {
    this.emit('workerUnblocked', { ...member.name, blockedMs });
  }

  onBye(member: Member): Promise<void> {
    return this.#options.onBye(member);
  }

  onAnswer(member: Member, answer: Answer): void {
    this.requests.onAnswer(member, answer);
  }

  onExit(member: Member, exit: Exit, stateBefore: WorkerState): void {
    this.members.delete(member);
    this.requests.onGone(member);
    this.gate.failed(member);
    const { detail, vitals, parting } = member;
    const { isClean: clean, report } = parting;
    const event = { ...member.name, ...exit, detail, clean, state: stateBefore, report, vitals };
    this.emit('workerExited', event);
    const isFatal = parting.isFatal(exit, this.settings.restart.fatalExitCodes);
    if (!this.spares.lost(member, isFatal)) this.#vacate(member, isFatal);
    this.#look();
  }

  #newPolicy(): RestartPolicy {
    const { restart, random } = this.settings;
    return new RestartPolicy({ ...restart, random });
  }

  #launch(slot: number | undefined): Member {
    const { settings, launcher } = this.#options;
    const { generation } = this;
    const member = new Member({ settings, launcher, host: this, generation, slot });
    this.members.add(member);
    this.emit('workerStarted', member.name);
    return member;
  }

  #slotOf(member: Member): Slot | undefined {
    return member.slot === undefined ? undefined : this.slots[member.slot];
  }

  /** What becomes of the slot whose worker is gone. */
  #vacate(member: Member, isFatal: boolean): void {
    const slot = this.#slotOf(member);
    if (slot?.lose(member) !== true) return;
    const { isNeverReady, causeOfGap, fatal } = member.parting;
    slot.wasNeverReady = isNeverReady;
    if (isFatal) this.vacancies.giveUp(slot, member);
    else this.vacancies.fill(slot, causeOfGap);
    // The port that is in use is so for all of them.
    if (fatal !== undefined && !this.gate.isOpen && this.serving.length === 0) this.gate.fail();
  }

  #look(): void {
    if (this.isStopping) return;
    this.gate.look(this.slots);
    const isOver = this.slots.every(
      ({ givenUp, successor }) => givenUp !== undefined && successor === undefined,
    );
    if (this.gate.isOpen && isOver) this.#options.onNothingLeft();
  }
}
