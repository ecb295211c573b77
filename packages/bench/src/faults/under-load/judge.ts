import { always, atMost, never, told, type Finding } from '../finding.ts';
import {
  between,
  hanging,
  isServed,
  isStranger,
  p99,
  steadyAfter,
  type Sample,
} from '../load/samples.ts';
import { PUBLIC } from '../load/visitors.ts';
import type { Course } from './drill.ts';

const MOST = { healthyMs: 50, addedMs: 60, degradeMs: 150, pending: 64 } as const;
/** A request that waits for a lost store takes 50 ms; one that does not, a few. */
const WAITS_MS = 40;
const BYTES_PER_MB = 1e6;
/** The collection before and after the outage stalls the service by itself. */
const SETTLE_MS = 400;

/** The requests of a course by what the store was like. */
export interface Phases {
  readonly healthy: readonly Sample[];
  readonly during: readonly Sample[];
}

/** Without the moments in which a collection was asked for. */
export const phasesOf = ({ samples, healthyFrom, beganAt, endedAt }: Course): Phases => ({
  healthy: between(samples, healthyFrom + SETTLE_MS, beganAt),
  during: between(samples, beganAt, endedAt - SETTLE_MS),
});

const isQuick = ({ ms }: Sample): boolean => ms < WAITS_MS;

/** Also where the store has come back empty. */
const knowsSessions = (sample: Sample): boolean => isServed(sample) || isStranger(sample);

/** How much slower it is. On a machine where it is slow anyway nothing that is compared would be worth anything. */
export const slowerFindings = (name: string, { healthy, during }: Phases): readonly Finding[] => [
  atMost(`${name}: p99 while healthy`, p99(healthy), MOST.healthyMs, 'ms'),
  atMost(`${name}: added p99`, p99(during) - p99(healthy), MOST.addedMs, 'ms'),
];

/** A service that is there for others while its store is not. */
export const outageFindings = (course: Course, backWithinMs: number): readonly Finding[] => {
  const { name, samples, beganAt, endedAt, report } = course;
  const { healthy, during } = phasesOf(course);
  const isPublic = ({ path }: Sample): boolean => path === PUBLIC;
  const withSession = samples.filter((sample) => !isPublic(sample));
  const limited = during.filter(isPublic);
  return [
    ...slowerFindings(name, { healthy, during }),
    never(`${name}: requests that hang`, hanging(samples), samples.length),
    atMost(
      `${name}: until no request waits`,
      steadyAfter(samples, beganAt, isQuick),
      MOST.degradeMs,
      'ms',
    ),
    atMost(
      `${name}: until requests are served again`,
      steadyAfter(withSession, endedAt, knowsSessions),
      backWithinMs,
      'ms',
    ),
    atMost(`${name}: most pending commands`, report.mostPending, MOST.pending),
    always(
      `${name}: served meanwhile without a session`,
      limited.filter(isServed).length,
      limited.length,
    ),
    told(
      `${name}: served meanwhile with a session, others refused`,
      during.filter((sample) => !isPublic(sample) && isServed(sample)).length,
      '',
      during.length - limited.length,
    ),
  ];
};

/** Nobody is logged out by an outage that the store outlived. */
export const sessionFindings = ({ name, samples, ...course }: Course): readonly Finding[] => {
  const during = between(samples, course.beganAt, course.endedAt);
  const cookies = during.filter(({ setsCookie }) => setsCookie).length;
  return [
    never(
      `${name}: visitors taken for strangers`,
      samples.filter(isStranger).length,
      samples.length,
    ),
    never(`${name}: cookies set meanwhile`, cookies, during.length),
    never(`${name}: visitors logged out by it`, course.loggedOut, course.visitors),
  ];
};

/** What a long outage leaves on the heap. */
export const heapFinding = ({ name, heapGrowth }: Course, mostMb: number): Finding =>
  atMost(`${name}: heap growth at its end`, heapGrowth / BYTES_PER_MB, mostMb, 'MB');
