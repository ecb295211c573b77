export type {
  RedisDriver,
  ScriptCall,
  Subscription,
  SubscriptionEvents,
} from './drivers/driver.ts';
export {
  fromIoredis,
  type IoredisClient,
  type IoredisCluster,
  type IoredisConnection,
} from './drivers/ioredis.ts';
export { fromNodeRedis, type NodeRedisClient } from './drivers/node-redis.ts';
export { redisStore, type RedisStoreOptions } from './redis-store.ts';
