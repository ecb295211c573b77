// What every script begins with. State and replies are doubles as they are in memory (`struct.pack`): Lua's own way to
// write a number keeps 14 digits of 17, and a reply that is a number has no fraction at all. A number that is given to
// `redis.call` keeps all 17. An argument that is no number ends a script with an error before it has written.

/**
 * The server's clock, in milliseconds. A key outlives what it says by `SPARE`: that it has ended is decided
 * by the script alone, the server only clears away. It takes no time to live beyond `LONGEST`.
 */
export const SERVER_TIME = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local SPARE, LONGEST = 1000, 9e14`;

/** For tests: the last argument is taken away as the time, so that it can step back and forth. */
export const ARGUMENT_TIME = `
local now = tonumber(table.remove(ARGV))
local SPARE, LONGEST = 1e9, 9e14`;

/** A command that comes too late does nothing; all it says is what time it is. */
export const DEADLINE = `
if now > ARGV[1] + 0 then return struct.pack('<d', now) end`;
