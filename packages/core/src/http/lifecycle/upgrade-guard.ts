import type { BulkheadPermit, BulkheadRefusal } from '../../bulkhead/types.ts';
import { HoldfastError } from '../../errors.ts';
import { report } from '../../events/emitter.ts';
import { unheard } from '../../options/thenable.ts';
import { assertServer } from './drain-options.ts';
import { readyAnswer, type ReadyAnswer } from '../inbound/answer.ts';
import { rejectionOf } from '../inbound/problem.ts';
import { answerUpgrade } from './refused-upgrade.ts';
import type { DrainableServer } from './types.ts';
import {
  settingsOf,
  type UpgradeGuardOptions,
  type UpgradeGuardSettings,
} from './upgrade-guard-options.ts';
import { interceptUpgrades, type PassOn, type UpgradeRequest } from './upgrade-interception.ts';
import { WaitingUpgrade } from './waiting-upgrade.ts';

const ignore = (): void => undefined;

const FAULT: ReadyAnswer = { status: 500, headers: { 'Content-Length': 0 }, body: '' };

/** Decides about upgrades of one server. */
class UpgradeGuard {
  readonly #settings: UpgradeGuardSettings;

  constructor(settings: UpgradeGuardSettings) {
    this.#settings = settings;
  }

  arrive(upgrade: UpgradeRequest, passOn: PassOn): void {
    // The server has let go of the socket, and its listeners do not have it yet.
    upgrade.socket.on('error', ignore);
    const { drain, bulkhead } = this.#settings;
    if (drain?.signal.aborted === true) this.#refuseDraining(upgrade);
    else if (this.#isWithinRate(upgrade)) {
      if (bulkhead === undefined) handOver(upgrade, passOn);
      else this.#enter(upgrade, passOn);
    }
  }

  /** Otherwise it is answered. */
  #isWithinRate(upgrade: UpgradeRequest): boolean {
    const { rateLimit, key } = this.#settings;
    if (rateLimit === undefined) return true;
    try {
      const found = key(upgrade.request);
      if (found === null) return true;
      const taken = rateLimit.take({ key: found });
      if (!taken.admitted) this.#refuse(upgrade, taken.rejection);
      return taken.admitted;
    } catch (error) {
      report(error, 'key');
      this.#answer(upgrade, [() => FAULT]);
      return false;
    }
  }

  #enter(upgrade: UpgradeRequest, passOn: PassOn): void {
    const { bulkhead, drain } = this.#settings;
    if (bulkhead === undefined) return;
    const waiting = new WaitingUpgrade(upgrade.socket, drain?.signal);
    const answer = waiting.enter(bulkhead);
    if (!(answer instanceof Promise)) return this.#admit(upgrade, answer, passOn);
    answer.then(
      (late) => this.#admitLate(upgrade, late, passOn),
      () => {
        if (waiting.left === 'draining') this.#refuseDraining(upgrade);
        else upgrade.socket.destroy();
      },
    );
  }

  #admitLate(
    upgrade: UpgradeRequest,
    answer: BulkheadPermit | BulkheadRefusal,
    passOn: PassOn,
  ): void {
    try {
      this.#admit(upgrade, answer, passOn);
    } catch (error) {
      // Where Node's own call of the listeners would have thrown it.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #admit(upgrade: UpgradeRequest, answer: BulkheadPermit | BulkheadRefusal, passOn: PassOn): void {
    const { socket } = upgrade;
    if (!answer.admitted) return this.#refuse(upgrade, answer.rejection);
    // It left just as its turn came.
    if (socket.closed) return answer.release();
    socket.once('close', () => answer.release());
    handOver(upgrade, passOn);
  }

  #refuseDraining(upgrade: UpgradeRequest): void {
    const policy = this.#settings.drain?.name ?? 'drain';
    this.#refuse(upgrade, new HoldfastError({ code: 'HF_DRAINING', policy }));
  }

  #refuse(upgrade: UpgradeRequest, error: HoldfastError): void {
    const { random, onReject } = this.#settings;
    const { request } = upgrade;
    const rejection = rejectionOf(error, random);
    const { accept } = request.headers;
    this.#answer(upgrade, [
      () => readyAnswer(rejection, unheard(onReject?.(rejection, request)) ?? {}, accept),
      () => readyAnswer(rejection, {}, accept),
    ]);
  }

  #answer({ request, socket }: UpgradeRequest, answers: readonly (() => ReadyAnswer)[]): void {
    answerUpgrade(request, socket, answers, this.#settings.clock);
  }
}

const handOver = (upgrade: UpgradeRequest, passOn: PassOn): void => {
  const { socket } = upgrade;
  socket.off('error', ignore);
  try {
    if (!passOn(upgrade)) socket.destroy();
  } catch (error) {
    // Nobody has it, and nobody else would ever end it.
    socket.on('error', ignore).destroy();
    throw error;
  }
};

/**
 * Turns upgrades away before any listener of `upgrade` sees them: frameworks never see them at all. What is
 * turned away is answered as a request would be, with `Connection: close`; what has to wait for a slot waits
 * with its bytes untouched, and no longer once its client leaves. A slot is given back when the socket is
 * closed. Listeners get what is let through as before; one that throws has the socket destroyed.
 *
 * Disposing puts the server back as it was. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const guardUpgrade = (server: DrainableServer, options: UpgradeGuardOptions): Disposable => {
  assertServer(server);
  const settings = settingsOf(options);
  const guard = new UpgradeGuard(settings);
  const interception = interceptUpgrades(server, (upgrade, passOn) =>
    guard.arrive(upgrade, passOn),
  );
  return {
    [Symbol.dispose]: () => {
      interception[Symbol.dispose]();
      for (const policy of settings.own) policy[Symbol.dispose]();
    },
  };
};
