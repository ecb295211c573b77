/** Rolling reloads as they are written by hand. */
export type Recipe =
  | 'SIGTERM, then fork'
  | 'fork, then SIGTERM'
  | 'disconnect, then fork'
  | 'fork, then disconnect'
  | 'fork, then server.close()';

export const recipes: readonly Recipe[] = [
  'SIGTERM, then fork',
  'fork, then SIGTERM',
  'disconnect, then fork',
  'fork, then disconnect',
  'fork, then server.close()',
];

/** What the program of a recipe is told. */
export interface RecipeConfig {
  readonly program: string;
  readonly workers: number;
  readonly recipe: Recipe;
  readonly scheduling: 'round-robin' | 'none';
}
