import { describe, expect, it } from 'vitest';
import { draining } from '../scenes/draining.ts';
import { failing } from '../scenes/failing.ts';
import { feeds } from '../scenes/feeds.ts';
import { hanging } from '../scenes/hanging.ts';
import { leaving } from '../scenes/leaving.ts';
import { overload } from '../scenes/overload.ts';
import { printing } from '../scenes/printing.ts';
import { quota } from '../scenes/quota.ts';
import { slowClients } from '../scenes/slow-clients.ts';
import { play, SCENES } from '../tour.ts';

const bareApi = new URL('bare-api.ts', import.meta.url);

/** Each scene, and how its claims fare where nothing guards the API. */
const WITHOUT = [
  [overload, [false, false, true]],
  [slowClients, [true, false]],
  [leaving, [false, true]],
  [feeds, [false, true]],
  [hanging, [false, false, false, false]],
  [quota, [false, false, true]],
  [failing, [false, true, true]],
  [printing, [false]],
  [draining, [false, false, false, false, false]],
] as const;

describe.runIf(process.platform !== 'win32')('without guards the claims do not hold', () => {
  it('of any scene', () => {
    expect(WITHOUT.map(([scene]) => scene)).toEqual(SCENES);
  });

  it.concurrent.each(WITHOUT.map(([scene, holds]) => [scene.name, scene, holds] as const))(
    'of %s',
    async (_, scene, holds) => {
      const [story] = await play(bareApi, [scene]);
      expect(story?.claims.map((claim) => claim.holds)).toEqual(holds);
    },
    60_000,
  );
});
