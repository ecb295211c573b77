import { asHttp1, type Prepare } from './prepare.ts';

/** The folk recipe: answers say that the connection is over, and nobody new is let in. */
export const prepare: Prepare = (server) => {
  let leaving = false;
  asHttp1(server).prependListener('request', (_request, response) => {
    if (leaving) response.setHeader('Connection', 'close');
  });
  process.once('SIGTERM', () => {
    leaving = true;
    server.close(() => process.exit(0));
  });
};
