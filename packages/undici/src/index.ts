export { breaker } from './breaker.ts';
