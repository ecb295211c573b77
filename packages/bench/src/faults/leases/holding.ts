// Holds a lock, and renews it, until this process is killed.
import { lock } from '@holdfast/core/stateless';
import { answering } from '../processes/questions.ts';
import { openStore } from '../processes/stores.ts';
import { HELD } from './crash.ts';

const [, , redisPort = ''] = process.argv;
const opened = openStore(Number(redisPort));

const hold = async (): Promise<boolean> => {
  const { store } = await opened;
  return (await lock({ ...HELD, store }).acquire()) !== undefined;
};

answering({ hold });
