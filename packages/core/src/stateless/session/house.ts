import { Emitter } from '../../events/emitter.ts';
import { Epochs } from './epochs.ts';
import { LastCopies } from './last-copies.ts';
import { LateEndings } from './late-endings.ts';
import { Mover } from './move.ts';
import { sessionTap } from './session-events.ts';
import { SessionFile } from './session-file.ts';
import type { SessionSettings } from './settings.ts';
import { SignedCookie } from './signed-cookie.ts';
import type { SessionEvents } from './types.ts';

/** What all sessions of a kind share. */
export class House {
  readonly settings: SessionSettings;
  readonly file: SessionFile;
  readonly epochs: Epochs;
  readonly mover: Mover;
  readonly lateEndings: LateEndings;
  readonly cookie: SignedCookie;
  /** Undefined unless the last copies are to be read while the store is lost. */
  readonly copies: LastCopies | undefined;
  readonly emitter: Emitter<SessionEvents> = new Emitter(sessionTap);

  constructor(settings: SessionSettings) {
    const { ring, rules, clock, onStoreLoss } = settings;
    this.settings = settings;
    this.file = new SessionFile(settings);
    this.epochs = new Epochs(settings);
    this.mover = new Mover(this.file, rules);
    this.lateEndings = new LateEndings(rules.pauses);
    this.cookie = new SignedCookie(settings.cookie, ring);
    const keepsCopies = onStoreLoss === 'read-cache';
    this.copies = keepsCopies ? new LastCopies(clock, rules.limits.maxBytes) : undefined;
  }

  /** After the state is committed. */
  tell<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void {
    this.emitter.emit(name, event);
    this.emitter.flush(undefined);
  }
}
