// The fault server: real sockets in a process of their own, which ends with its parent.
import { Census, type Count } from './server/census.ts';
import { startOrigins, type Ports } from './server/origins.ts';

/** What a parent may ask. */
export interface Question {
  readonly id: number;
  readonly path: string;
}

/** What the server tells its parent: first where it listens, then an answer to each question. */
export type Report =
  | { readonly kind: 'ready'; readonly ports: Ports }
  | {
      readonly kind: 'count';
      readonly id: number;
      readonly count: Count;
      /** Connections of any kind, to any of the origins. */
      readonly sockets: number;
    };

const tell = (report: Report): void => void process.send?.(report);

const census = new Census();

process.on('disconnect', () => process.exit());
process.on('message', ({ id, path }: Question) =>
  tell({ kind: 'count', id, count: census.of(path), sockets: census.sockets }),
);
tell({ kind: 'ready', ports: await startOrigins(census) });
