const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/gy;

const labelsOf = (text: string): string => {
  const labels: string[] = [];
  let end = 0;
  for (const [whole, name, value] of text.matchAll(LABEL)) {
    labels.push(`${name}=${value}`);
    end += whole.length;
  }
  if (end !== text.length) throw new Error(`labels: ${text}`);
  return labels.sort().join(',');
};

const numberOf = (text: string): number => {
  const value = text === '+Inf' ? Infinity : Number(text);
  if (Number.isNaN(value)) throw new Error(`no number: ${text}`);
  return value;
};

/** Samples of a text for Prometheus (format 0.0.4) by name and sorted labels; throws for what is none. */
export const readText = (text: string): Map<string, number> => {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-zA-Z_:]/.test(line)) continue;
    const [, name, labels = '', value = ''] = LINE.exec(line) ?? [];
    const key = `${name}{${labelsOf(labels)}}`;
    if (name === undefined || samples.has(key)) throw new Error(`line: ${line}`);
    samples.set(key, numberOf(value));
  }
  return samples;
};
