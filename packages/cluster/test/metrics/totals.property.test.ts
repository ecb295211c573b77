import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RegistryProcess } from './support/registry-process.ts';
import { ScrapedCluster } from './support/scraped-cluster.ts';
import { TotalsModel } from './support/totals-model.ts';

const SLOTS = 2;
/** Another build may have other buckets. */
const BUILDS = [
  [0.25, 1],
  [0.25, 0.5, 4],
] as const;

type Step =
  | { readonly do: 'count'; readonly slot: number; readonly kind: string; readonly by: number }
  | {
      readonly do: 'observe';
      readonly slot: number;
      readonly route: string;
      readonly value: number;
    }
  | { readonly do: 'silence' | 'crash' | 'reload' | 'reset'; readonly slot: number }
  | { readonly do: 'hide'; readonly slot: number; readonly name: 'jobs_total' | 'size' }
  | { readonly do: 'build' }
  | { readonly do: 'scrape' };

const slot = fc.nat({ max: SLOTS - 1 });
const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('count' as const),
      slot,
      kind: fc.constantFrom('a', 'b'),
      by: fc.nat({ max: 5 }),
    }),
    fc.record({
      do: fc.constant('observe' as const),
      slot,
      route: fc.constantFrom('x', 'y'),
      value: fc.constantFrom(-1, 0.25, 0.5, 0.75, 2, 8),
    }),
    fc.record({ do: fc.constantFrom('silence', 'crash', 'reload', 'reset'), slot }),
    fc.record({
      do: fc.constant('hide' as const),
      slot,
      name: fc.constantFrom('jobs_total', 'size'),
    }),
    fc.record({ do: fc.constantFrom('scrape', 'scrape', 'build') }),
  ),
  { minLength: 5, maxLength: 60, size: 'max' },
) as fc.Arbitrary<Step[]>;

interface Look {
  readonly samples: ReadonlyMap<string, number>;
  readonly expected: ReadonlyMap<string, number>;
  /** What was higher the last time. */
  readonly fallen: readonly unknown[];
}

class Run {
  readonly looks: Look[] = [];
  readonly #cluster = new ScrapedCluster();
  readonly #model = new TotalsModel();
  #build: readonly number[] = BUILDS[0];
  #ids = 0;
  #seen = new Map<string, number>();

  constructor() {
    for (let each = 0; each < SLOTS; each++) this.#start(each);
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'scrape') return this.scrape();
    if (step.do === 'build')
      return void (this.#build = this.#build === BUILDS[0] ? BUILDS[1] : BUILDS[0]);
    const process = this.#processOf(step.slot);
    if (step.do === 'count') {
      process.count(step.kind, step.by);
      this.#model.put(process.id, `jobs_total:${step.kind}`, step.by, []);
    } else if (step.do === 'observe') {
      process.observe(step.route, step.value);
      this.#model.put(process.id, `size:${step.route}`, step.value, process.bounds);
    } else if (step.do === 'silence') process.silent = !process.silent;
    else if (step.do === 'hide')
      process.hidden = process.hidden === step.name ? undefined : step.name;
    else await this.#end(process, step.do);
  }

  async scrape(): Promise<void> {
    for (const process of this.#processes()) {
      if (!process.silent) this.#model.tell(process.id, process.hidden);
    }
    const all = [...(await this.#cluster.read())];
    const samples = new Map(all.filter(([name]) => !name.startsWith('holdfast_')));
    const fallen = [...this.#seen].filter(([name, before]) => {
      const now = samples.get(name);
      return now === undefined || (now < before && !name.startsWith('size_sum'));
    });
    this.#seen = samples;
    this.looks.push({ samples, fallen, expected: this.#model.samples() });
  }

  async #end(process: RegistryProcess, how: 'crash' | 'reload' | 'reset'): Promise<void> {
    if (how === 'reset') {
      process.reset();
      this.#model.reset(process.id);
      return;
    }
    // In a reload both are there for a while, in the same slot.
    if (how === 'reload') {
      this.#start(process.slot);
      await this.scrape();
    }
    this.#cluster.processes.delete(process.id);
    this.#cluster.store.exited(process.id);
    this.#model.exit(process.id);
    if (how === 'crash') this.#start(process.slot);
  }

  #start(at: number): void {
    const process = new RegistryProcess(++this.#ids, at, this.#build);
    this.#cluster.processes.set(process.id, process);
  }

  #processes(): RegistryProcess[] {
    return [...this.#cluster.processes.values()] as RegistryProcess[];
  }

  #processOf(at: number): RegistryProcess {
    const process = this.#processes().find((each) => each.slot === at);
    if (process === undefined) throw new Error(`nobody in slot ${at}`);
    return process;
  }
}

test('totals are what the workers told last, and never fall', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const run = new Run();
      for (const step of all) await run.take(step);
      await run.scrape();
      for (const { samples, expected, fallen } of run.looks) {
        expect(samples).toEqual(expected);
        expect(fallen).toEqual([]);
      }
    }),
    { numRuns: 150 },
  );
});
