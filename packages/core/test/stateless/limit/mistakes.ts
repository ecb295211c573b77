import { afterEach, beforeEach, expect } from 'vitest';

/**
 * Has every test of the file fail that leaves a mistake to the process: what was done in the background and failed
 * other than a lost store does. A test that means to hears the warnings itself.
 */
export const failOnMistakes = (): void => {
  let mistakes: string[] = [];
  const hear = (warning: Error & { readonly code?: unknown }): void => {
    if (warning.code === 'HF_LISTENER_ERROR') mistakes.push(warning.message);
  };
  beforeEach(() => {
    mistakes = [];
    process.on('warning', hear);
  });
  afterEach(async () => {
    await new Promise(setImmediate);
    process.off('warning', hear);
    expect(mistakes).toEqual([]);
  });
};
