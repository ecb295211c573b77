import { findServer, HOW_TO_GET_IT, startServer } from '../../packages/redis/test/rig/index.ts';
import { exitCodeOf, printed, type Story } from '../inbound-tour/story.ts';
import { memory } from './scenes/memory.ts';
import { processDies } from './scenes/process-dies.ts';
import { sharing } from './scenes/sharing.ts';
import { storeDies } from './scenes/store-dies.ts';
import { storeFreezes } from './scenes/store-freezes.ts';
import { Shop } from './shop.ts';

// A shop in two processes that keep nothing of their own: kill either, and the store.

const stories: Story[] = [];
const tell = (story: Story): void => {
  stories.push(story);
  console.log(printed(story));
};

const withRedis = async (): Promise<void> => {
  const redis = await startServer();
  try {
    const shop = await Shop.open(redis.url);
    try {
      tell(await sharing(shop));
      tell(await processDies(shop));
      tell(await storeFreezes(shop, redis));
      tell(await storeDies(shop, redis));
    } finally {
      await shop.close();
    }
  } finally {
    await redis.stop();
  }
};

const withoutRedis = async (): Promise<void> => {
  const shop = await Shop.open(undefined);
  try {
    tell(await memory(shop));
  } finally {
    await shop.close();
  }
};

await withoutRedis();
if (findServer() === undefined) console.log(`\nNothing is shared here: ${HOW_TO_GET_IT}`);
else await withRedis();
process.exitCode = exitCodeOf(stories);
