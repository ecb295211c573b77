import { ApiProcess } from './api-process.ts';
import { PaymentsService } from './payments-service.ts';
import { draining } from './scenes/draining.ts';
import { failing } from './scenes/failing.ts';
import { feeds } from './scenes/feeds.ts';
import { hanging } from './scenes/hanging.ts';
import { leaving } from './scenes/leaving.ts';
import { overload } from './scenes/overload.ts';
import { printing } from './scenes/printing.ts';
import { quota } from './scenes/quota.ts';
import { slowClients } from './scenes/slow-clients.ts';
import { Stage } from './stage.ts';
import { exitCodeOf, printed, type Story } from './story.ts';

/** In their order; the last one ends the API. */
export const SCENES = [
  overload,
  slowClients,
  leaving,
  feeds,
  hanging,
  quota,
  failing,
  printing,
  draining,
];

const playAll = async (
  scenes: typeof SCENES,
  stage: Stage,
  tell: (story: Story) => void,
): Promise<readonly Story[]> => {
  const stories: Story[] = [];
  for (const scene of scenes) {
    const story = await scene(stage);
    tell(story);
    stories.push(story);
  }
  return stories;
};

/** Plays scenes on an API, which is started for them and gone after them. */
export const play = async (
  program: URL,
  scenes: typeof SCENES,
  tell: (story: Story) => void = () => undefined,
): Promise<readonly Story[]> => {
  const payments = await new PaymentsService().start();
  try {
    const api = await ApiProcess.start(program, { PAYMENTS_URL: payments.url });
    try {
      return await playAll(scenes, new Stage(api, payments), tell);
    } finally {
      await api.stop();
    }
  } finally {
    payments.stop();
  }
};

/** Shows how an API holds up; the exit code says whether every claim held. */
export const tour = async (program: URL): Promise<number> => {
  const stories = await play(program, SCENES, (story) => console.log(printed(story)));
  return exitCodeOf(stories);
};
