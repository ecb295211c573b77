import { readFileSync, readlinkSync } from 'node:fs';
import { systemCallOf } from './system-call.ts';

const textOf = (read: () => string): string | undefined => {
  try {
    return read().trim();
  } catch {
    return undefined;
  }
};

/** What the system says of the main thread, whose id is that of the process; elsewhere than on Linux nothing. */
export const nativeState = (): string => {
  const folder = `/proc/self/task/${process.pid}`;
  const text = textOf(() => readFileSync(`${folder}/syscall`, 'utf8'));
  if (text === undefined) return 'in native code';
  const call = systemCallOf(text, process.arch);
  if (call === undefined) return 'in native code, which computes';
  const { name, descriptor } = call;
  const file =
    descriptor === undefined
      ? undefined
      : textOf(() => readlinkSync(`/proc/self/fd/${descriptor}`));
  const kernel = textOf(() => readFileSync(`${folder}/wchan`, 'utf8'));
  const of = file === undefined ? '' : ` of ${file}`;
  const where = kernel === undefined || kernel === '0' ? '' : ` (${kernel})`;
  return `in native code, which waits in ${name}${of}${where}`;
};
