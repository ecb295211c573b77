import type { RedisDriver, ScriptCall } from '../../src/index.ts';

/** A driver of scripts by `ARGUMENT_TIME`: each is told what time it is. */
export const toldTheTime = (driver: RedisDriver, now: () => number): RedisDriver => {
  const timed = ({ keys, arguments: given }: ScriptCall): ScriptCall => ({
    keys,
    arguments: [...given, String(now())],
  });
  return {
    get closed() {
      return driver.closed;
    },
    get resends() {
      return driver.resends;
    },
    evalSha: (sha, call) => driver.evalSha(sha, timed(call)),
    eval: (text, call) => driver.eval(text, timed(call)),
    listen: (events) => driver.listen(events),
    infos: () => driver.infos(),
  };
};
