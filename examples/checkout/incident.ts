/** How the payments service behaves: `hang` takes requests and never answers, `errors` answers 503. */
export type Phase = 'healthy' | 'hang' | 'errors';

/** The script of the incident, in order; after it the service is healthy. */
const SCRIPT: readonly { readonly phase: Phase; readonly ms: number }[] = [
  { phase: 'healthy', ms: 5_000 },
  { phase: 'hang', ms: 8_000 },
  { phase: 'errors', ms: 6_000 },
];

/** How the service behaves `elapsedMs` after the start. */
export const phaseAt = (elapsedMs: number): Phase => {
  let end = 0;
  for (const { phase, ms } of SCRIPT) {
    end += ms;
    if (elapsedMs < end) return phase;
  }
  return 'healthy';
};

const lengthOf = (steps: typeof SCRIPT): number => steps.reduce((sum, { ms }) => sum + ms, 0);

export const INCIDENT_MS = lengthOf(SCRIPT.filter(({ phase }) => phase !== 'healthy'));
/** When the service is healthy again. */
export const HEALED_AT_MS = lengthOf(SCRIPT);
/** When the workers are disturbed in their turn: the incident must be over by then, for customers too. */
export const DISTURBED_FROM_MS = HEALED_AT_MS + 6_000;
