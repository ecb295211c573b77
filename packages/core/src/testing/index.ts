export { seededRandom } from './seeded-random.ts';
export { VirtualClock, virtualClock } from './virtual-clock.ts';
