import type { FleetParts } from './fleet.ts';

/** What the service and whoever looks after it find in their environment. */
export const environmentOf = (
  { deployment }: FleetParts,
  port: number,
  more: NodeJS.ProcessEnv = {},
): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_OPTIONS: '',
  PORT: String(port),
  STARTS: deployment.starts,
  ...more,
});
