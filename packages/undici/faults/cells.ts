import { abortCells } from './abort.ts';
import type { Cell, Versions } from './cell.ts';
import { BREAKS } from './cells/breaks.ts';
import { ENCRYPTED } from './cells/encrypted.ts';
import { REQUESTS } from './cells/requests.ts';
import { RESPONSES } from './cells/responses.ts';
import { cellsOf } from './cells/rows.ts';
import { HANG_CELLS } from './hangs.ts';

const ROWS = [...RESPONSES, ...BREAKS, ...REQUESTS, ...ENCRYPTED];

/** Every cell that these versions of Node and undici can have. */
export const cells = (versions: Versions): readonly Cell[] => [
  ...cellsOf(ROWS, versions),
  ...abortCells(versions),
  ...HANG_CELLS,
];
