export { breaker } from './breaker.ts';
export type { Problem } from './problem.ts';
export { rejections } from './rejections.ts';
export { signalOf } from './signal.ts';
export { timeout } from './timeout.ts';
