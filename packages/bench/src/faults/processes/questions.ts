import { inspect } from 'node:util';

/** What a parent asks a child, with whatever the child needs to answer it. */
export interface Question {
  readonly ask: string;
  readonly withinMs?: number;
  readonly [detail: string]: unknown;
}

/** What it is answered. */
export interface Reply {
  readonly answer?: unknown;
  readonly problem?: string;
}

/** What a child can be asked, by name. */
export type Answers = Readonly<Record<string, (question: Question) => unknown>>;

const replyTo = async (answers: Answers, question: Question): Promise<Reply> => {
  try {
    return { answer: await answers[question.ask]?.(question) };
  } catch (error) {
    return { problem: inspect(error) };
  }
};

/** Answers the parent's questions until it is gone, and ends with it. */
export const answering = (answers: Answers): void => {
  process.on('disconnect', () => process.exit());
  process.on('message', (question: Question) => {
    void replyTo(answers, question).then((reply) => process.send?.(reply));
  });
};
