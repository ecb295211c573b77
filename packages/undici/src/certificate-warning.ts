const warned = new Set<string>();

/**
 * Says once for each kind of error that this side does not trust a server's certificate: no circuit
 * opens for it and nothing is tried again, so that nobody else would notice.
 */
export const warnOfCertificate = (error: Error): void => {
  const code = String(Reflect.get(error, 'code'));
  if (warned.has(code)) return;
  warned.add(code);
  process.emitWarning(`${code}: ${error.message}; counted as our configuration's fault`, {
    type: 'HoldfastWarning',
    code: 'HF_CERTIFICATE',
  });
};
