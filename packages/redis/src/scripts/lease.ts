import type { ScriptSource } from './script.ts';

/**
 * One of at most so many holders. Keys: a sorted set of the holders by the end of their lease, and the time of the
 * last grant or renewal with the last fence, which outlives them by a day. Arguments: deadline, max, lease,
 * holder, which begins with its own lease. Answers the time, 1, fence, whether it was renewed, holders; or
 * the time, 0, how long until the first lease ends, holders.
 */
export const LEASE: ScriptSource = {
  body: `
local ceil, floor, min, max = math.ceil, math.floor, math.min, math.max
local most, lease, holder = ARGV[2] + 0, ARGV[3] + 0, ARGV[4]
local DAY = 86400000
local at, fence = now, 0
local state = redis.call('GET', KEYS[2])
if state then at, fence = struct.unpack('<dd', state) end
if now < at then
  local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for each = 1, #all, 2 do
    local latest = now + tonumber(string.match(all[each], '^%d+'))
    if tonumber(all[each + 1]) > latest then redis.call('ZADD', KEYS[1], latest, all[each]) end
  end
  redis.call('SET', KEYS[2], struct.pack('<dd', now, fence), 'KEEPTTL')
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local had = redis.call('ZSCORE', KEYS[1], holder)
local holders = redis.call('ZCARD', KEYS[1])
if not had and holders >= most then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return struct.pack('<dddd', now, 0, ceil(first[2] - now), holders)
end
if not had then
  holders = holders + 1
  fence = max(fence + 1, floor(now * 1000))
end
local latest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2] or 0
local ttl = min(ceil(max(now + lease, latest) - now) + SPARE, LONGEST)
-- First what a user may lack the right to: nothing is left without an end.
local kept = redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('SET', KEYS[2], struct.pack('<dd', now, fence), 'PX', ttl + DAY)
redis.call('ZADD', KEYS[1], now + lease, holder)
if kept == 0 then redis.call('PEXPIRE', KEYS[1], ttl) end
return struct.pack('<ddddd', now, 1, fence, had and 1 or 0, holders)`,
};

/** Arguments: holder, channel of those who watch. */
export const RELEASE: ScriptSource = {
  deadline: false,
  whenFull: true,
  body: `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.pcall('PUBLISH', ARGV[2], '') end
return struct.pack('<d', now)`,
};
