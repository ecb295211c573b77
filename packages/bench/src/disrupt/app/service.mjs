// The service that every contestant runs: plain node:http, and nothing in it knows who runs it.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isMainThread, threadId } from 'node:worker_threads';
import { noteStart } from './starts.mjs';

const { PORT, CLOSE_ON } = process.env;
const ANSWER_MS = 5;
const SLOW_MS = 1_000;
const BLOCK_MS = 60_000;

const who = isMainThread ? `${process.pid}` : `${process.pid}:${threadId}`;
const body = `${who} all of it`;

const answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length });
  response.end(body);
};

const spinRoundAndRound = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

const matchForEver = () => /^(a+)+$/.test(`${'a'.repeat(40)}!`);

const readOverAndOver = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end) readFileSync(import.meta.filename);
};

const blocks = { busy: spinRoundAndRound, regex: matchForEver, fs: readOverAndOver };

const routes = {
  '/': (response) => setTimeout(answer, ANSWER_MS, response),
  '/now': answer,
  '/slow': (response, query) => setTimeout(answer, Number(query.get('ms') ?? SLOW_MS), response),
  '/block': (response, query) => {
    blocks[query.get('kind') ?? 'busy'](Number(query.get('ms') ?? BLOCK_MS));
    answer(response);
  },
  '/exit': () => process.exit(1),
};

const server = createServer((request, response) => {
  const [path, query] = request.url.split('?');
  routes[path](response, new URLSearchParams(query));
});

// What most services do with the signal, where a contestant wants that.
if (CLOSE_ON !== undefined) process.on(CLOSE_ON, () => server.close(() => process.exit(0)));

noteStart();
server.listen(Number(PORT), '127.0.0.1');
