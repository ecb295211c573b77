const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Whether the process with this id is alive and has started this one. Windows gives the id of a dead one as well. */
export const isParent = (pid: number): boolean =>
  process.ppid === pid && (process.platform !== 'win32' || exists(pid));
