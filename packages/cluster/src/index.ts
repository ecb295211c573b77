export { ClusterError, type ClusterCode, type FailedWorker } from './errors.ts';
export type * from './metrics/types.ts';
export type { FarewellReport, LeavingReason, WorkerVitals } from './protocol/messages.ts';
export type * from './sizing/types.ts';
export type * from './supervisor/types.ts';
