import { describeMachine } from '../../harness/machine.ts';
import { ANNOUNCE_MS, BUDGET_MS } from '../contestants/prepare.ts';

const PACKAGES = [
  '@godaddy/terminus',
  'stoppable',
  'http-terminator',
  'close-with-grace',
  'lightship',
];

/** What stands above the tables. */
export const headLines = (nodes: readonly string[], trials: number): readonly string[] => {
  const { platform, cpu, cores, load, packages } = describeMachine(PACKAGES);
  return [
    `servers on node ${nodes.join(', ')}; ${platform}, ${cpu}, ${cores} cores, load ${load.toFixed(2)}`,
    Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${trials} trials each, the versions of Node side by side; a server process gets SIGTERM while clients use it, and they go on to another one`,
    'lost: written on a connection, and no complete answer; refused: turned away before anything was written',
    'exit ms: from SIGTERM to the end of the process, median (most); after last: from its last answer',
    'stays: outstays its clients, who leave 4 s after the signal; unclean: ends with anything but code 0',
    `whoever takes a limit of time has ${BUDGET_MS} ms; Holdfast has its defaults, and announces for ${ANNOUNCE_MS} ms where the table says so`,
  ];
};
