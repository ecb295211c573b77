/** What one series of a process had counted when it was last told. */
interface Told {
  readonly bounds: readonly number[];
  readonly values: readonly number[];
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const upTo = ({ bounds, values }: Told, le: number): number => {
  const bound = Math.max(-Infinity, ...[...bounds, Infinity].filter((each) => each <= le));
  return values.filter((value) => value <= bound).length;
};

/** Whether a process cannot have come from one to the other by counting on. */
const beganAgain = (before: Told, after: Told): boolean =>
  after.values.length < before.values.length ||
  [...before.bounds, Infinity].some((bound) => upTo(after, bound) < upTo(before, bound));

/** Each series as all that was ever put into it: in a counter amounts, in a histogram observations. */
export class TotalsModel {
  /** By process and series: what it has now. */
  readonly #now = new Map<string, Told>();
  /** As last told. */
  readonly #told = new Map<string, Told>();
  /** Of processes that are gone, or have begun again. */
  readonly #past: { readonly series: string; readonly told: Told }[] = [];

  put(process: number, series: string, value: number, bounds: readonly number[]): void {
    const key = `${process} ${series}`;
    const values = [...(this.#now.get(key)?.values ?? []), value];
    this.#now.set(key, { bounds, values });
  }

  reset(process: number): void {
    for (const key of this.#now.keys()) if (key.startsWith(`${process} `)) this.#now.delete(key);
  }

  tell(process: number, hidden: string | undefined): void {
    for (const [key, now] of this.#now) {
      const [of, series = ''] = key.split(' ');
      if (Number(of) !== process || series.startsWith(`${hidden}:`)) continue;
      const told = this.#told.get(key);
      if (told !== undefined && this.#fell(series, told, now)) this.#past.push({ series, told });
      this.#told.set(key, now);
    }
  }

  exit(process: number): void {
    this.reset(process);
    for (const [key, told] of this.#told) {
      const [of, series = ''] = key.split(' ');
      if (Number(of) !== process) continue;
      this.#past.push({ series, told });
      this.#told.delete(key);
    }
  }

  /** Every sample, by name and labels. */
  samples(): Map<string, number> {
    const bySeries = new Map<string, Told[]>();
    const all = [...this.#told].map(([key, told]) => ({ series: key.split(' ')[1] ?? '', told }));
    for (const { series, told } of [...all, ...this.#past]) {
      bySeries.set(series, [...(bySeries.get(series) ?? []), told]);
    }
    return new Map([...bySeries].flatMap(([series, told]) => samplesOf(series, told)));
  }

  #fell(series: string, told: Told, now: Told): boolean {
    return series.startsWith('jobs_total')
      ? sum(now.values) < sum(told.values)
      : beganAgain(told, now);
  }
}

const samplesOf = (series: string, told: readonly Told[]): [string, number][] => {
  const [name, label] = series.split(':');
  const total = sum(told.flatMap(({ values }) => values));
  if (name === 'jobs_total') return [[`jobs_total{kind=${label}}`, total]];
  const bounds = new Set(told.flatMap((each) => each.bounds));
  const count = told.flatMap(({ values }) => values).length;
  return [
    ...[...bounds].map((le): [string, number] => [
      `size_bucket{le=${le},route=${label}}`,
      sum(told.map((each) => upTo(each, le))),
    ]),
    [`size_bucket{le=+Inf,route=${label}}`, count],
    [`size_sum{route=${label}}`, total],
    [`size_count{route=${label}}`, count],
  ];
};
