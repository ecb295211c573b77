/** What there is for workers: of the container where there is one, else of the machine. */
export interface Machine {
  /** CPUs that may be used, in parts of one where a quota says so. */
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Whether a limit is set, or the memory is the machine's. */
  readonly memoryLimited: boolean;
}
