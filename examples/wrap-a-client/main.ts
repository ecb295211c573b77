import { claimsOf, exitCodeOf } from './claims.ts';
import { claimLines, tableOf } from './report.ts';
import { runAll } from './run.ts';

// What a bare client and a wrapped one see of the same flaky server.

const pairs = await runAll();
const claims = claimsOf(pairs);
console.log(`${tableOf(pairs)}\n\n${claimLines(claims)}`);
process.exitCode = exitCodeOf(claims);
