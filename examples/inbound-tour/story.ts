/** Something the tour says about Holdfast, and whether this run bore it out. */
export interface Claim {
  readonly text: string;
  readonly holds: boolean;
}

/** What happened in a scene, in a few words, and what that shows. */
export interface Story {
  readonly title: string;
  readonly lines: readonly string[];
  readonly claims: readonly Claim[];
}

/** A story as it is printed. */
export const printed = ({ title, lines, claims }: Story): string =>
  [
    `\n${title}`,
    ...lines.map((line) => `        ${line}`),
    ...claims.map(({ text, holds }) => `${holds ? 'holds ' : 'FAILED'}  ${text}`),
  ].join('\n');

export const exitCodeOf = (stories: readonly Story[]): number =>
  stories.every(({ claims }) => claims.every(({ holds }) => holds)) ? 0 : 1;
