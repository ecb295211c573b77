import type { IncomingMessage } from 'node:http';
import type { CheckReport, HealthAnswer, HealthReport } from './health-types.ts';

/** The path alone: probes may carry a query against caches in between. */
export const pathOf = ({ url = '' }: IncomingMessage): string => {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
};

/** Its message, and no stack; whatever a check may throw. */
const textOf = (error: unknown): string => {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'an error that cannot be shown';
  }
};

const detailOf = ({ name, kind, status, hanging, ...rest }: CheckReport): [string, object] => [
  name,
  {
    kind,
    status,
    tookMs: Math.round(rest.tookMs),
    ageMs: Math.round(rest.ageMs),
    ...(hanging ? { hanging } : {}),
    ...(status === 'fail' ? { error: textOf(rest.error) } : {}),
  },
];

const detailsOf = ({ draining, started, checks }: HealthReport): object => ({
  draining,
  started,
  checks: Object.fromEntries(checks.map(detailOf)),
});

/** A report as an answer to GET. Without details it says nothing of what this process needs. */
export const answerOf = (report: HealthReport, detailed: boolean): HealthAnswer => {
  const { status } = report;
  const body = JSON.stringify(detailed ? { status, ...detailsOf(report) } : { status });
  return {
    status: status === 'pass' ? 200 : 503,
    headers: {
      'Cache-Control': 'no-store',
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
    },
    body,
  };
};
