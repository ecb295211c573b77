/** A fenced block of code in a Markdown page. */
export interface Snippet {
  /** Where its first fence stands. */
  readonly line: number;
  readonly language: string;
  /** The file it says it quotes, by `file=path` after the language. */
  readonly file: string | undefined;
  readonly code: string;
}

const BLOCK = /^ *(?<fence>`{3,}|~{3,})(?<info>.*)\n(?<code>(?:.*\n)*?) *\k<fence> *$/gm;

/** The fenced blocks of a page, in order. */
export const findSnippets = (page: string): Snippet[] =>
  Array.from(page.matchAll(BLOCK), ({ index, groups: { info = '', code = '' } = {} }) => ({
    line: page.slice(0, index).split('\n').length,
    language: info.trim().split(' ', 1)[0] ?? '',
    file: /\bfile=(?<path>\S+)/.exec(info)?.groups?.['path'],
    code,
  }));

/** Lines without the indentation that all of them share. */
const dedent = (lines: readonly string[]): string => {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const shared = Math.min(...indents);
  return lines.map((line) => line.slice(shared)).join('\n');
};

/** Whether whole lines of `source`, moved left or right together, are exactly `code`. */
export const quotes = (code: string, source: string): boolean => {
  const wanted = code.trimEnd().split('\n');
  const lines = source.split('\n');
  if (code.trim() === '') return false;
  return lines.some((_, at) => dedent(lines.slice(at, at + wanted.length)) === dedent(wanted));
};
