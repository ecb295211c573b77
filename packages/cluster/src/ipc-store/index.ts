export { ipcStore, type IpcStoreOptions } from './ipc-store.ts';
