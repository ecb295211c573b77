import { inspect } from 'node:util';
import { suites } from '../suites/index.ts';
import { Duel } from './duel.ts';
import type { Reply, Request } from './messages.ts';
import { withBareRow } from './rows.ts';
import type { FigureGroup, RatioGroup } from './suite.ts';

const [, , suiteName = '', groupId = '', name = ''] = process.argv;

type Answer = (request: Request) => Promise<unknown>;

const named = <T extends { readonly name: string }>(items: readonly T[]): T => {
  const item = items.find((each) => each.name === name);
  if (item === undefined) throw new Error('no such contestant');
  return item;
};

const ratioAnswers = (group: RatioGroup): Answer => {
  let duel: Duel | undefined;
  return async ({ ask }) => {
    duel ??= await Duel.prepare(group, named(withBareRow(group)));
    if (ask === 'round') return duel.round();
    return ask === 'costs' ? duel.costs() : undefined;
  };
};

const figureAnswers = (group: FigureGroup): Answer => {
  const contestant = named(group.contestants);
  return ({ effort }) => contestant.measure(effort);
};

const answersOf = async (): Promise<Answer> => {
  const suite = await suites.get(suiteName)?.();
  const group = suite?.groups.find(({ id }) => id === groupId);
  if (group === undefined) throw new Error('no such group');
  return group.kind === 'ratio' ? ratioAnswers(group) : figureAnswers(group);
};

const answers = answersOf();

const replyTo = async (request: Request): Promise<Reply> => {
  try {
    return { ok: true, answer: await (await answers)(request) };
  } catch (error) {
    return { ok: false, problem: inspect(error) };
  }
};

process.on('message', (request: Request) => {
  void replyTo(request).then((reply) => process.send?.(reply));
});
