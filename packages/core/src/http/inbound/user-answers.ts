import { report } from '../../events/emitter.ts';
import { unheard } from '../../options/thenable.ts';
import { numberIn, wrongType, type NumberRange } from '../../options/validate.ts';

// What functions among the options answer. Types do not keep a promise out of JavaScript, nor `undefined`:
// a promise is truthy, so that taking it for a yes would trust everybody.

/** A number, endless ones too, or the error that names the function. */
export const priorityAnswer = (option: string, answer: unknown): number => {
  if (typeof answer !== 'number' || Number.isNaN(answer))
    throw wrongType(option, unheard(answer), 'a number');
  return answer;
};

/** A number, or the error that names the function. */
export const numberAnswer = (option: string, answer: unknown, range: NumberRange): number =>
  numberIn(option, unheard(answer), range);

/** True or false, or the error that names the function. */
export const booleanAnswer = (option: string, answer: unknown): boolean => {
  if (typeof answer !== 'boolean') throw wrongType(option, unheard(answer), 'true or false');
  return answer;
};

/**
 * A judgement that is asked for when nobody can take an error any more: what it throws, or that it is no
 * boolean, becomes a process warning, and the answer is yes, as with the classifier of a circuit.
 */
export const judgement =
  (option: string, judge: (status: number) => boolean): ((status: number) => boolean) =>
  (status) => {
    try {
      return booleanAnswer(option, judge(status));
    } catch (error) {
      report(error, option);
      return true;
    }
  };
