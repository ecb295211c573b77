/** Less than a test may take, so that it is known what it waited for. */
const PATIENCE_MS = 4_000;

/** Waits until something is so; throws where it never is. */
export const until = async (isSo: () => boolean, patienceMs = PATIENCE_MS): Promise<void> => {
  const end = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`it never came to be that ${isSo.toString()}`);
    await turn();
  }
};

/** One turn of the real event loop. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 1);
  });

/** Long enough for what is on its way between two sockets of this machine. */
export const turns = async (count = 20): Promise<void> => {
  for (let each = 0; each < count; each++) await turn();
};
