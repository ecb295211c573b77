const warned = new Set<string>();

/** Warns once a process for each code, however many ask. */
export const warnOnce = (code: string, message: string): void => {
  if (warned.has(code)) return;
  warned.add(code);
  process.emitWarning(message, { code, type: 'HoldfastWarning' });
};
