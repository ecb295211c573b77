import type { Launch } from '../../../src/protocol/launch.ts';

/** What a test tells its primary to do. */
export type Order =
  | {
      readonly does: 'fork';
      readonly key: number;
      /** From the folder of fixtures. */
      readonly app: string;
      readonly env: Readonly<Record<string, string>>;
      readonly launch: Launch;
    }
  | { readonly does: 'send'; readonly key: number; readonly message: object }
  | { readonly does: 'signal'; readonly key: number; readonly signal: NodeJS.Signals }
  | { readonly does: 'abandon'; readonly key: number };

/** What the primary tells the test of a worker. */
export interface Told {
  readonly key: number;
  readonly message?: unknown;
  readonly output?: string;
  readonly exit?: { readonly code: number | null; readonly signal: string | null };
}
