/** Keys and arguments of a script, all keys in one slot. */
export interface ScriptCall {
  readonly keys: string[];
  readonly arguments: (string | Buffer)[];
}

/** What a connection for hints tells. */
export interface SubscriptionEvents {
  /** Something was published to a channel. */
  readonly onMessage: (channel: string) => void;
  /** The connection is there, or there again: what was subscribed to may have been missed. */
  readonly onReady: () => void;
}

/** A connection that only listens. */
export interface Subscription {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  close(): void;
}

/**
 * A client of Redis or Valkey as the store sees it. `fromNodeRedis` and `fromIoredis` make one of the
 * client that you have; another client needs these few methods.
 */
export interface RedisDriver {
  /** Whether the client was closed, so that nothing it is given is sent. */
  readonly closed: boolean;
  /**
   * Whether the client sends a command again that was under way as the connection was lost, so that it may have been
   * carried out before it came too late.
   */
  readonly resends: boolean;
  /** Runs a script by its SHA-1 (EVALSHA); bulk strings of the answer are `Buffer`s. */
  evalSha(sha: string, call: ScriptCall): Promise<unknown>;
  /** Runs a script by its text (EVAL), after which the server knows it. */
  eval(text: string, call: ScriptCall): Promise<unknown>;
  /** Opens a connection of its own, which the driver keeps up until it is closed. */
  listen(events: SubscriptionEvents): Subscription;
  /** What each server that takes writes says to INFO. */
  infos(): Promise<readonly string[]>;
}
