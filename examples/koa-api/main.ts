import { tour } from '../inbound-tour/tour.ts';

// How a Koa API holds up under overload, slow clients, refusals and a drain.

process.exitCode = await tour(new URL('server.ts', import.meta.url));
