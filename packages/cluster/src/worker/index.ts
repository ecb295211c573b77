export { drain, health } from '@holdfast/core/http';
export { lifecycle } from './lifecycle.ts';
export type * from '../metrics/types.ts';
export type * from './types.ts';
