// It waits for something that does not come, and never listens.
import './starts.mjs';

setInterval(() => undefined, 1_000);
