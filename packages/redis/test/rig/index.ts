export { ask } from './ask.ts';
export { startCluster, type RedisCluster } from './cluster.ts';
export { FaultProxy, startProxy } from './fault-proxy.ts';
export { findServer, HOW_TO_GET_IT } from './find-server.ts';
export { freePort } from './free-port.ts';
export { RedisServer, startServer } from './redis-server.ts';
export { promote, startReplica } from './replica.ts';
export { startSentinel } from './sentinel.ts';
export { until } from './until.ts';
