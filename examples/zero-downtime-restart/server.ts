import { createServer } from 'node:http';

// A plain server: it knows nothing of Holdfast, and handles no signal.

const server = createServer((_request, response) => {
  setTimeout(() => response.end(`${process.pid}`), 5);
});

server.listen(Number(process.env['PORT']), '127.0.0.1');
