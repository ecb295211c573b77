import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findSnippets, quotes } from '../scripts/snippets.ts';

const CODE = new Set(['ts', 'typescript', 'js', 'javascript', 'mjs', 'tsx']);
/** Only these are run by tests. */
const TESTED = /^(?:examples|packages\/[^/]+\/test)\//;

const snippets = globSync(['README.md', 'docs/**/*.md', 'packages/*/README.md']).flatMap((page) =>
  findSnippets(readFileSync(page, 'utf8'))
    .filter(({ language }) => CODE.has(language))
    .map((snippet) => ({ ...snippet, page })),
);

test('README.md shows code', () => {
  expect(snippets.map(({ page }) => page)).toContain('README.md');
});

test.for(snippets)('$page:$line quotes tested code ($file)', ({ page, line, file, code }) => {
  expect.assert(file, `${page}:${line} must say which file it quotes: \`\`\`ts file=path`);
  expect(file, 'quote examples or tests, which CI runs').toMatch(TESTED);
  expect.assert(existsSync(file), `${file} does not exist`);
  expect.assert(quotes(code, readFileSync(file, 'utf8')), `${file} has no such lines:\n${code}`);
});

describe('the check itself', () => {
  const source = 'test("x", () => {\n  const a = 1;\n\n  if (a) {\n    use(a);\n  }\n});\n';

  test('allows the lines of a body without their indentation', () => {
    expect(quotes('const a = 1;\n\nif (a) {\n  use(a);\n}\n', source)).toBe(true);
  });

  test.for([
    { what: 'a changed word', code: 'const a = 2;\n' },
    { what: 'a part of a line', code: 'const a\n' },
    { what: 'a line left out', code: 'const a = 1;\nif (a) {\n' },
    { what: 'indentation that differs inside', code: 'if (a) {\nuse(a);\n}\n' },
    { what: 'an empty block', code: '' },
  ])('notices $what', ({ code }) => {
    expect(quotes(code, source)).toBe(false);
  });

  test('finds each block with its language, file and line', () => {
    const page =
      'Text\n\n```sh\nls\n```\n\n1. Item\n   ~~~ts file=examples/a.ts\n   a();\n   ~~~\n';
    expect(findSnippets(page)).toEqual([
      { line: 3, language: 'sh', file: undefined, code: 'ls\n' },
      { line: 8, language: 'ts', file: 'examples/a.ts', code: '   a();\n' },
    ]);
  });

  test('reads a fence inside a longer fence as text', () => {
    expect(findSnippets('````md\n```ts\na();\n```\n````\n')).toMatchObject([{ language: 'md' }]);
  });
});
