import { isFields, type Fields } from '../protocol/fields.ts';
import { LAUNCH_VARIABLE, type Launch, type ShutdownTimes } from '../protocol/launch.ts';

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

const shutdownOf = (value: unknown): ShutdownTimes | undefined => {
  if (!isFields(value)) return undefined;
  const { announceMs, lingerMs, deadlineMs, errorDeadlineMs } = value;
  if (!isTime(announceMs) || !isTime(lingerMs)) return undefined;
  if (!isTime(deadlineMs) || !isTime(errorDeadlineMs)) return undefined;
  return { announceMs, lingerMs, deadlineMs, errorDeadlineMs };
};

const watchdogOf = (value: unknown): Launch['watchdog'] => {
  const blockedAfterMs = isFields(value) ? value['blockedAfterMs'] : undefined;
  return isTime(blockedAfterMs) ? { blockedAfterMs } : undefined;
};

const placeOf = ({
  slot,
  supervisorPid,
}: Fields): Pick<Launch, 'slot' | 'supervisorPid'> | undefined =>
  (slot === undefined || isTime(slot)) && isTime(supervisorPid)
    ? { slot, supervisorPid }
    : undefined;

const launchOf = (value: unknown): Launch | undefined => {
  if (!isFields(value)) return undefined;
  const { name, generation } = value;
  const shutdown = shutdownOf(value['shutdown']);
  const place = placeOf(value);
  if (typeof name !== 'string' || !isTime(generation)) return undefined;
  if (shutdown === undefined || place === undefined) return undefined;
  return {
    name,
    generation,
    ...place,
    readyOn: value['readyOn'] === 'told' ? 'told' : 'listening',
    reusePort: value['reusePort'] === true,
    store: value['store'] !== false,
    shutdown,
    watchdog: watchdogOf(value['watchdog']),
  };
};

/**
 * Takes what this worker was told at its start out of the environment; undefined where no supervisor has started it.
 * Throws where a supervisor has told something that cannot be understood: the two are not of one version.
 */
export const takeLaunch = (env: NodeJS.ProcessEnv): Launch | undefined => {
  const text = env[LAUNCH_VARIABLE];
  if (text === undefined) return undefined;
  delete env[LAUNCH_VARIABLE];
  const launch = launchOf(JSON.parse(text));
  if (launch === undefined)
    throw new TypeError(
      `${LAUNCH_VARIABLE} is ${text}; allowed: what a supervisor of this version says`,
    );
  return launch;
};
