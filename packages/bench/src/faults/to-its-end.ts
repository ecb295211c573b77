import { always, type Finding } from './finding.ts';

const MS_PER_SECOND = 1_000;

interface Showing {
  readonly findings: readonly Finding[];
}

/** How long it took to show something. What could not be shown is a promise missed, and no reason to show no more. */
export const toItsEnd = async <Shown extends Showing>(
  id: string,
  show: () => Promise<Shown>,
): Promise<(Shown | Showing) & { readonly seconds: number }> => {
  const begin = performance.now();
  let shown: Shown | Showing;
  try {
    shown = await show();
  } catch (error) {
    console.error(`${id}:`, error);
    shown = { findings: [always('shown to its end', 0, 1)] };
  }
  return { ...shown, seconds: (performance.now() - begin) / MS_PER_SECOND };
};
