// Gives the parsers of fields a million texts that nobody would write but to break them; fails when one
// throws, takes a millisecond, or does not read what the formatter wrote.
import { commandOf, USAGE, UsageError } from './command-line.ts';
import { fuzz } from './run.ts';
import { lineOf, tableOf } from './table.ts';
import { TARGETS } from './targets.ts';

const main = (): void => {
  const options = commandOf(process.argv.slice(2));
  console.log(`seed ${options.seed}\n`);
  const start = performance.now();
  const { tallies, findings } = fuzz(TARGETS, options);
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  const inputs = tallies.reduce((sum, tally) => sum + tally.inputs, 0).toLocaleString('en');
  console.log(tableOf(tallies).join('\n'));
  console.log(`\n${inputs} inputs, ${findings.length} findings shown, ${seconds} s`);
  for (const finding of findings) console.log(lineOf(finding));
  if (findings.length === 0) return;
  console.log(`\nagain: pnpm fuzz --seed ${options.seed} --inputs ${options.inputs}`);
  process.exitCode = 1;
};

try {
  main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
