export { controlClient } from './control/control-client.ts';
export type { ControlClient, ControlClientOptions, ControlEvents } from './control/types.ts';
export { ClusterError, type ClusterCode, type FailedWorker } from './errors.ts';
export {
  prometheusText,
  type PrometheusClient,
  type PrometheusMetric,
  type PrometheusRegistry,
} from './metrics/prometheus-text.ts';
export type { SharedStoreOptions } from './ipc-store/store-limits.ts';
export type * from './metrics/types.ts';
export type { FarewellReport, LeavingReason, WorkerVitals } from './protocol/messages.ts';
export { rescueConnections, type ConnectionRescue } from './rescue/rescue-connections.ts';
export { machineOf } from './sizing/machine.ts';
export type * from './sizing/types.ts';
export type * from './supervisor/types.ts';
export { supervise } from './supervisor/supervise.ts';
