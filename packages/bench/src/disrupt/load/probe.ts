import { setTimeout as sleep } from 'node:timers/promises';
import { askOnce } from './ask-once.ts';

const EVERY_MS = 4;
const GIVES_UP_MS = 10_000;

/** When somebody answered who is not among the known ones, by `performance.now()`; infinite for never. */
export const newcomerAt = async (port: number, known: ReadonlySet<string>): Promise<number> => {
  const end = performance.now() + GIVES_UP_MS;
  const answers: number[] = [];
  const probe = async (): Promise<void> => {
    const who = await askOnce(port, '/now');
    if (who !== undefined && !known.has(who)) answers.push(performance.now());
  };
  while (answers.length === 0 && performance.now() < end) {
    // Not waited for: some of them may be with a worker that is dead.
    void probe();
    await sleep(EVERY_MS);
  }
  return answers[0] ?? Number.POSITIVE_INFINITY;
};

/** Everybody who answers, asked so many times. */
export const whoAnswers = async (port: number, times: number): Promise<ReadonlySet<string>> => {
  const all = await Promise.all(Array.from({ length: times }, () => askOnce(port, '/now')));
  return new Set(all.filter((who) => who !== undefined));
};
