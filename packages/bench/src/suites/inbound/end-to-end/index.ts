import type { FigureContestant, FigureGroup } from '../../../harness/suite.ts';
import { families, type App, type Family } from './apps.ts';
import { measureApp } from './duel.ts';
import { CONNECTIONS } from './target.ts';

const beside =
  (bare: App) =>
  ({ name, side }: App): FigureContestant => ({
    name,
    side,
    measure: (effort) => measureApp(bare.name, name, effort),
  });

const groupOf = ({ framework, bare, apps }: Family): FigureGroup => ({
  kind: 'figures',
  id: `${framework.toLowerCase()}-end-to-end`,
  title: `${framework}: an API over ${CONNECTIONS} kept-alive loopback connections, processor time of the server`,
  columns: [
    { key: 'us', heading: 'CPU us/req', decimals: 1 },
    { key: 'ratio', heading: 'x bare', decimals: 3 },
    { key: 'low', heading: '95 % from', decimals: 3 },
    { key: 'high', heading: 'to', decimals: 3 },
    { key: 'p10', heading: 'p10', decimals: 2 },
    { key: 'p90', heading: 'p90', decimals: 2 },
    { key: 'addedUs', heading: '+us/req', decimals: 2 },
    { key: 'rate', heading: 'req/s x bare', decimals: 3 },
    { key: 'rateP10', heading: 'p10', decimals: 2 },
    { key: 'rateP90', heading: 'p90', decimals: 2 },
    { key: 'addedBytes', heading: '+B/req', decimals: 0 },
  ],
  contestants: [bare, ...apps].map(beside(bare)),
  goals: [],
});

/** The bare app beside itself, and guarded ones beside it, over real sockets. */
export const endToEnd: readonly FigureGroup[] = families.map(groupOf);
