import { recycleCause, recycleLimitsOf } from '../restart/recycle.ts';
import { RestartBudget } from '../restart/restart-budget.ts';
import { RestartPolicy } from '../restart/restart-policy.ts';
import type { FleetOptions } from './fleet-options.ts';
import { Member } from './member.ts';
import type { Answer, Departure, MemberHost } from './member-host.ts';
import { Requests } from './requests.ts';
import type { Settings } from './settings.ts';
import { Slot } from './slot.ts';
import { Spares } from './spares.ts';
import { StartGate } from './start-gate.ts';
import type { ReplaceCause, WorkerState } from './types.ts';
import type { Blocked, Exit } from './worker-process.ts';

/** All workers and their slots: who is there, and who takes the place of one that fails. */
export class Fleet implements MemberHost {
  readonly slots: Slot[] = [];
  readonly members: Set<Member> = new Set();
  readonly requests: Requests;
  readonly gate: StartGate = new StartGate();
  readonly spares: Spares;
  readonly budget: RestartBudget;
  readonly settings: Settings;
  generation = 1;
  /** Since the stop began. */
  killed = 0;
  /** Whether one left without being told to, or cut something, since the stop began. */
  isClean = true;
  isStopping = false;
  readonly #options: FleetOptions;
  #allGone: (() => void) | undefined = undefined;

  constructor(options: FleetOptions) {
    const { settings } = options;
    const { clock, restart, standby } = settings;
    this.#options = options;
    this.settings = settings;
    this.requests = new Requests(clock);
    this.budget = new RestartBudget(restart.budget);
    this.spares = new Spares({
      count: standby,
      policy: this.#newPolicy(),
      clock,
      budget: () => this.budget.take(this.#now),
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

  /** Has the slot have a worker again, unless one is on its way. */
  fillSlot(slot: Slot, cause: ReplaceCause): void {
    if (this.isStopping || !this.slots.includes(slot) || slot.adopt()) return;
    const delayMs = cause === 'leaving' ? 0 : slot.policy.failed(this.#now);
    const { failures } = slot.policy;
    this.#options.emit('restartScheduled', { slot: slot.index, cause, failures, delayMs });
    if (delayMs === 0) this.#restart(slot);
    else this.#restartIn(slot, delayMs);
  }

  /** All leave; resolves once they are gone. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.isClean = true;
    this.killed = 0;
    this.gate.stop(this.settings.name);
    this.spares.dismiss();
    for (const slot of this.slots) slot.restartBy(undefined);
    for (const member of this.members) member.leave('stop');
    if (this.members.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#allGone = resolve;
    await promise;
  }

  killAll(): void {
    for (const member of this.members) member.kill();
  }

  onReady(member: Member, tookMs: number): void {
    const slot = this.#slotOf(member);
    if (slot !== undefined) {
      slot.wasReady = true;
      slot.policy.ready(this.#now);
    }
    this.#options.emit('workerReady', { ...member.name, tookMs });
    this.#look();
  }

  onLeaving(member: Member, reason: Departure, detail: string, ownAccord: boolean): void {
    this.#options.emit('workerLeaving', { ...member.name, reason, detail });
    const slot = this.#slotOf(member);
    if (!ownAccord || slot === undefined) return;
    if (reason === 'error') this.gate.failed(member);
    if (slot.successor === member) slot.successor = undefined;
    if (slot.current !== member) return;
    slot.current = undefined;
    this.fillSlot(slot, reason === 'error' ? 'crash' : 'leaving');
  }

  onVitals(member: Member): void {
    const slot = this.#slotOf(member);
    if (slot?.current !== member || member.state !== 'ready' || member.recycling) return;
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
    const { report } = member;
    const clean = stateBefore === 'leaving' && exit.exitCode === 0 && report?.clean !== false;
    if (member.killed) this.killed++;
    if (!clean) this.isClean = false;
    this.gate.failed(member);
    const event = { ...member.name, ...exit, clean, state: stateBefore, report };
    this.#options.emit('workerExited', event);
    if (!this.spares.exited(member)) this.#vacate(member, exit);
    this.#look();
    if (this.members.size === 0) this.#allGone?.();
  }

  get #now(): number {
    return this.settings.clock.now();
  }

  #newPolicy(): RestartPolicy {
    const { restart, random } = this.#options.settings;
    return new RestartPolicy({ ...restart, random });
  }

  #launch(slot: number | undefined): Member {
    const { settings, launcher } = this.#options;
    const member = new Member({
      settings,
      launcher,
      host: this,
      generation: this.generation,
      recycleLimits: recycleLimitsOf(settings.recycle, settings.random),
      slot,
    });
    this.members.add(member);
    this.#options.emit('workerStarted', member.name);
    return member;
  }

  #slotOf(member: Member): Slot | undefined {
    return member.slot === undefined ? undefined : this.slots[member.slot];
  }

  /** What becomes of the slot whose worker is gone. */
  #vacate(member: Member, { exitCode }: Exit): void {
    const slot = this.#slotOf(member);
    if (slot?.successor === member) slot.successor = undefined;
    if (slot?.current !== member) return;
    slot.current = undefined;
    const isFatal = exitCode !== null && this.settings.restart.fatalExitCodes.has(exitCode);
    if (member.fatal !== undefined || isFatal) this.#giveUp(slot, member);
    else this.fillSlot(slot, member.isNeverReady ? 'never-ready' : 'crash');
  }

  #giveUp(slot: Slot, member: Member): void {
    if (this.isStopping || slot.adopt()) return;
    slot.givenUp = member.failure;
    const detail = member.failure?.message ?? '';
    this.#options.emit('slotGivenUp', { slot: slot.index, detail });
    // The port that is in use is so for all of them.
    if (member.fatal !== undefined && !this.slots.some(({ wasReady }) => wasReady))
      this.gate.fail(this.settings.name);
  }

  #restartIn(slot: Slot, delayMs: number): void {
    slot.restartBy(this.settings.clock.setTimer(() => this.#restart(slot), delayMs));
  }

  #restart(slot: Slot): void {
    slot.restartBy(undefined);
    const retryAfterMs = this.budget.take(this.#now);
    if (retryAfterMs === 0) {
      slot.current = this.launchFor(slot);
      return;
    }
    this.#restartIn(slot, retryAfterMs);
    slot.awaitsBudget = true;
    this.#options.emit('budgetExhausted', { slot: slot.index, retryAfterMs });
    this.#look();
  }

  #look(): void {
    if (this.isStopping) return;
    if (!this.gate.isOpen) this.gate.look(this.slots, this.settings.name);
    else if (this.slots.every(({ givenUp }) => givenUp !== undefined))
      this.#options.onNothingLeft();
  }
}
