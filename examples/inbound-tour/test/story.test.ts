import { expect, it } from 'vitest';
import { exitCodeOf, printed, type Story } from '../story.ts';

const story: Story = {
  title: 'A day at the shop',
  lines: ['3 orders'],
  claims: [
    { text: 'all were served', holds: true },
    { text: 'nobody waited', holds: false },
  ],
};

it('a story is printed with what held and what did not', () => {
  expect(printed(story)).toBe(
    '\nA day at the shop\n        3 orders\nholds   all were served\nFAILED  nobody waited',
  );
});

it('one claim that does not hold is told by the exit code', () => {
  const good = { ...story, claims: story.claims.slice(0, 1) };
  expect(exitCodeOf([good, good])).toBe(0);
  expect(exitCodeOf([good, story])).toBe(1);
});
