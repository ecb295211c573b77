import type { FigureGroup } from '../../harness/suite.ts';

/** What `measureBeside` tells, and how many commands and round trips a call takes. */
export const COLUMNS: FigureGroup['columns'] = [
  { key: 'us', heading: 'us/op', decimals: 2 },
  { key: 'time', heading: 'x time', decimals: 2 },
  { key: 'timeP10', heading: 'p10', decimals: 2 },
  { key: 'timeP90', heading: 'p90', decimals: 2 },
  { key: 'cpuUs', heading: 'CPU us/op', decimals: 2 },
  { key: 'cpu', heading: 'x CPU', decimals: 2 },
  { key: 'cpuP10', heading: 'p10', decimals: 2 },
  { key: 'cpuP90', heading: 'p90', decimals: 2 },
  { key: 'commands', heading: 'commands/op', decimals: 2 },
  { key: 'trips', heading: 'round trips/op', decimals: 2 },
];
