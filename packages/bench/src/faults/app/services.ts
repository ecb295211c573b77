import type { Service } from './parts.ts';

/** Every service by name, loaded only in its own process. */
export const services = {
  Express: async (redisPort: number): Promise<Service> =>
    (await import('./express-service.ts')).expressService(redisPort),
  Koa: async (redisPort: number): Promise<Service> =>
    (await import('./koa-service.ts')).koaService(redisPort),
  'express-session, express-rate-limit': async (redisPort: number): Promise<Service> =>
    (await import('./peer-service.ts')).peerService(redisPort),
} as const;

export type ServiceName = keyof typeof services;

/** Something that happened to a store, and when by the clock of the wall. */
export interface Told {
  readonly type: string;
  readonly at: number;
}

/** What a service tells of itself. */
export interface Report {
  readonly told: readonly Told[];
  readonly mostPending: number;
}
