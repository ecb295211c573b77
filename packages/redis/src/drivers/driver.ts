/** Keys and arguments of a script, all keys in one slot. */
export interface ScriptCall {
  readonly keys: string[];
  readonly arguments: (string | Buffer)[];
}

/** What a connection for hints tells. */
export interface SubscriptionEvents {
  /** Something was published to a channel. */
  readonly onMessage: (channel: string) => void;
  /** The connection is there, or there again: what was subscribed to may have been missed, and is subscribed to anew. */
  readonly onReady: () => void;
}

/** A connection that only listens. */
export interface Subscription {
  /** Ends when the server has answered; again for a channel that is subscribed to already. */
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
   * How often the client may have sent something again that was under way as a connection was lost: what has an answer
   * after that may have been carried out before, whatever the answer says. Always 0 of one that sends nothing twice.
   */
  readonly resends: number;
  /** Runs a script by its SHA-1 (EVALSHA); bulk strings of the answer are `Buffer`s. */
  evalSha(sha: string, call: ScriptCall): Promise<unknown>;
  /** Runs a script by its text (EVAL), after which the server knows it. */
  eval(text: string, call: ScriptCall): Promise<unknown>;
  /** Opens a connection of its own, which the driver keeps up until it is closed. */
  listen(events: SubscriptionEvents): Subscription;
  /** What each server that takes writes says to INFO. */
  infos(): Promise<readonly string[]>;
}
