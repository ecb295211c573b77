import { createServer } from 'node:net';

// Serves the path in its argument until it is killed.
createServer().listen(process.argv[2], () => process.send?.('listening'));
process.on('disconnect', () => process.exit());
