import { noteStart } from './starts.mjs';

noteStart();
throw new Error('bad build: no such table');
