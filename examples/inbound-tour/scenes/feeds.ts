import { FeedReader } from '../feed-reader.ts';
import { QUEUE, SLOTS, type Stage } from '../stage.ts';
import type { Story } from '../story.ts';
import { comesTrue } from '../wait.ts';

const READERS = SLOTS + QUEUE + 1;

const count = (readers: readonly FeedReader[], status: number): number =>
  readers.filter((reader) => reader.status === status).length;

/** Streams without an end: one reader more than there is room for. */
export const feeds = async (stage: Stage): Promise<Story> => {
  const readers = Array.from({ length: READERS }, () => new FeedReader(stage.api.origin));
  const full = await comesTrue(() => count(readers, 200) === SLOTS && count(readers, 503) === 1);
  await stage.client().order();
  const reading = readers.filter(({ status }) => status === 200);
  const allRead = await comesTrue(() => reading.every(({ orders }) => orders === 1));
  const waiting = readers.filter(({ status }) => status === 0);
  for (const reader of reading) reader.leave();
  const movedUp = await comesTrue(() => count(waiting, 200) === QUEUE);
  for (const reader of waiting) reader.leave();
  return {
    title: `Streams: ${READERS} readers of an endless feed, ${SLOTS} slots, ${QUEUE} may wait`,
    lines: [
      `${reading.length} read, ${waiting.length} wait, ${count(readers, 503)} refused`,
      `${count(waiting, 200)} more read as those left`,
    ],
    claims: [
      { text: 'a stream has its slot until it is over', holds: full && movedUp },
      { text: 'what is placed reaches all who read', holds: allRead },
    ],
  };
};
