import { expect, test } from 'vitest';
import { systemCallOf } from '../../src/watchdog/system-call.ts';

test.each([
  ['0 0x12 0x7f00 0x10 0x0 0x0 0x0 0x7ffc 0x7f11', 'x64', 'read', 18],
  ['63 0x12 0x7f00 0x10 0x0 0x0 0x0 0x7ffc 0x7f11', 'arm64', 'read', 18],
  ['202 0x7f8840 0x80 0x0 0x0 0x0 0x0 0x7ffc 0x7f11\n', 'x64', 'futex', undefined],
  ['4000 0x1 0x7f00', 'x64', 'system call 4000', undefined],
  ['0 0x12', 'riscv64', 'system call 0', undefined],
])('%j on %s is %s', (text, architecture, name, descriptor) => {
  expect(systemCallOf(text, architecture)).toEqual({ name, descriptor });
});

test.each(['running', '', '-1 0x7ffc 0x7f11'])('%j is none', (text) => {
  expect(systemCallOf(text, 'x64')).toBeUndefined();
});
