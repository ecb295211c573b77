import { onTestFinished, vi } from 'vitest';

export interface Warning {
  readonly message: string;
  readonly code: unknown;
  readonly type: unknown;
}

/** Collects the process warnings of this test, which are then not printed. */
export const hearWarnings = (): readonly Warning[] => {
  const warnings: Warning[] = [];
  const spy = vi
    .spyOn(process, 'emitWarning')
    .mockImplementation((message: string | Error, ...rest: unknown[]) => {
      const { code, type } = Object(rest[0]) as {
        readonly code?: unknown;
        readonly type?: unknown;
      };
      warnings.push({ message: String(message), code, type });
    });
  onTestFinished(() => spy.mockRestore());
  return warnings;
};
