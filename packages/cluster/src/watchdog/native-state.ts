import { readFileSync, readlinkSync } from 'node:fs';
import { systemCallOf } from './system-call.ts';

const textOf = (read: () => string): string | undefined => {
  try {
    return read().trim();
  } catch {
    return undefined;
  }
};

/** What Linux says of the main thread, whose id is that of the process. */
const mainText = (file: 'syscall' | 'wchan'): string | undefined =>
  textOf(() => readFileSync(`/proc/self/task/${process.pid}/${file}`, 'utf8'));

/** Whether the main thread is known to run, or to be about to: it waits for nothing but the processor. */
export const isComputing = (): boolean => mainText('syscall') === 'running';

/** Where the main thread is while it does not answer the inspector; little is known elsewhere than on Linux. */
export const nativeState = (): string => {
  const text = mainText('syscall');
  if (text === 'running') return 'in native code, which computes';
  const call = text === undefined ? undefined : systemCallOf(text, process.arch);
  if (call === undefined) return 'in native code';
  const { name, descriptor: fd } = call;
  const file = fd === undefined ? undefined : textOf(() => readlinkSync(`/proc/self/fd/${fd}`));
  const of = file === undefined ? '' : ` of ${file}`;
  const place = mainText('wchan') ?? '0';
  return `in native code, which waits in ${name}${of}${place === '0' ? '' : `, ${place}`}`;
};
