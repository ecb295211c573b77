export { drain, health } from '@holdfast/core/lifecycle';
export { lifecycle } from './lifecycle.ts';
export type * from '../metrics/types.ts';
export type * from './types.ts';
