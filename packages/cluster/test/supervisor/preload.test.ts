import { expect, it } from 'vitest';
import { preloadOf } from '../../src/supervisor/preload.ts';

it.each([
  ['--import ./metrics.js'],
  ['--enable-source-maps --import=./metrics.js'],
  ['--import'],
  ['--loader=./hooks.js'],
  ['--experimental-loader ./hooks.js'],
  ['--no-require-module'],
  ['--no-experimental-require-module'],
])('the boot is imported, as the last, beside %j', (option) => {
  expect(preloadOf(['--enable-source-maps', option])).toEqual([
    '--import',
    expect.stringMatching(/^file:.*\/worker\/boot\.ts$/),
  ]);
});

it.each([
  [''],
  ['--require ./hook.cjs'],
  ['--important'],
  ['--experimental-import-meta-resolve'],
  ['--trace-require-module'],
])('the boot is required beside %j', (option) => {
  expect(preloadOf(['--enable-source-maps', option])).toEqual([
    '--require',
    expect.stringMatching(/worker.boot\.ts$/),
  ]);
});
