import type { RawClient } from '../raw-client.ts';
import type { Behaviour } from '../rig.ts';
import type { World } from '../world.ts';

/** A handler that answers nothing, and says when it was told to stop. */
export const waiting = (): { readonly handler: Behaviour; readonly seen: Waiting } => {
  const seen: Waiting = { arrived: 0, stopped: 0 };
  const handler: Behaviour = ({ inbound }) => {
    seen.arrived++;
    inbound().signal.addEventListener('abort', () => seen.stopped++);
    return new Promise(() => undefined);
  };
  return { handler, seen };
};

interface Waiting {
  arrived: number;
  stopped: number;
}

/** A moment at which a client leaves. */
export interface Stage {
  /** When the client leaves. */
  readonly when: string;
  run(world: World, leave: (client: RawClient) => void): Promise<void>;
}
