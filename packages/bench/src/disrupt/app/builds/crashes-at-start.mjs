import './starts.mjs';

throw new Error('bad build: no such table');
