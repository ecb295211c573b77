import { figureGoal } from '../../../harness/goals.ts';
import type { FigureContestant, FigureGroup } from '../../../harness/suite.ts';
import {
  bare,
  cockatielWithSignal,
  cockatielWrap,
  holdfast,
  IN_FLIGHT,
  opossum,
  undiciRetry,
  type Client,
} from './clients.ts';
import { measureClient } from './duel.ts';

const contestant = (client: Client): FigureContestant => ({
  name: client.name,
  side: client.side,
  measure: (effort) => measureClient(client, effort),
});

/** A request over real sockets, the body read. */
export const endToEnd: FigureGroup = {
  kind: 'figures',
  id: 'end-to-end',
  title: `request() over ${IN_FLIGHT} kept-alive loopback connections, processor time of the client`,
  columns: [
    { key: 'us', heading: 'CPU us/req', decimals: 1 },
    { key: 'ratio', heading: 'x bare', decimals: 3 },
    { key: 'low', heading: '95 % from', decimals: 3 },
    { key: 'high', heading: 'to', decimals: 3 },
    { key: 'p10', heading: 'p10', decimals: 2 },
    { key: 'p90', heading: 'p90', decimals: 2 },
    { key: 'addedUs', heading: '+us/req', decimals: 2 },
    { key: 'addedBytes', heading: '+B/req', decimals: 0 },
  ],
  contestants: [bare, holdfast, undiciRetry, opossum, cockatielWrap, cockatielWithSignal].map(
    contestant,
  ),
  goals: [
    figureGoal(holdfast.name, 'low', {
      what: `${holdfast.name}: processor time, where its 95 % interval starts`,
      unit: 'x bare',
      atMost: 1.1,
    }),
    figureGoal(holdfast.name, 'addedBytes', {
      what: `${holdfast.name}: added allocation`,
      unit: 'B/req',
      atMost: 900,
    }),
  ],
};
