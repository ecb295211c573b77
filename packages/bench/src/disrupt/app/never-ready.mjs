import { noteStart } from './starts.mjs';

noteStart();
// It waits for something that does not come, and never listens.
setInterval(() => undefined, 1_000);
