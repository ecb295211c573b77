// STUB by the engineer: helper G replaces it.
import type { Distribution } from '../supervisor/types.ts';
export const distributionWarning = (_d: Distribution): string | undefined => undefined;
