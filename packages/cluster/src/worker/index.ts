export type * from '../metrics/types.ts';
export type * from './types.ts';
