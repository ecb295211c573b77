/** Node's own answer to SIGTERM: the process is gone. */
export const prepare = (): void => undefined;
