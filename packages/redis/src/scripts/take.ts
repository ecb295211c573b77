import type { ScriptSource } from './script.ts';

/**
 * Units of a rate: `rate-limit/gcra.ts` of core line by line, in the same order of operations, so that both
 * decide alike to the last bit. Arguments: deadline, units in a millisecond, burst, want (default 1), min (default want).
 * Answers the time, units, remaining, and how long until a retry, one more and all.
 */
export const TAKE: ScriptSource = {
  // Comparisons instead of `math.min` and `math.max`: each call of a function costs as much as five of them.
  body: `
local floor, ceil = math.floor, math.ceil
local rate, burst, want = ARGV[2] + 0, ARGV[3] + 0, (ARGV[4] or 1) + 0
local least = (ARGV[5] or want) + 0
local tolerance = rate * 1e-6
if tolerance > 1e-3 then tolerance = 1e-3 end
tolerance = burst * 1e-12 + tolerance
local half = tolerance / 2
local level, units, fix = 0, 0, false
local state = redis.call('GET', KEYS[1])
if state then
  local at
  level, at = struct.unpack('<dd', state)
  if now > at then level = level - (now - at) * rate end
  if level < 0 then level = 0 end
  fix = now < at or level > burst
  if level > burst then level = burst end
end
local room = floor(burst - level + tolerance)
if want > 0 then
  units = want
  if room < want then units = room end
  if units < least then units = 0 end
  level = level + units
elseif want < 0 and level > 0 then
  units = want
  level = level + want
  if level < 0 then level = 0 end
end
if units ~= 0 or fix then
  local ttl = ceil(level / rate) + SPARE
  if ttl > LONGEST then ttl = LONGEST end
  redis.call('SET', KEYS[1], struct.pack('<dd', level, now), 'PX', ttl)
  room = floor(burst - level + tolerance)
end
local remaining, retry, more, reset = room, 0, 0, 0
if room < 0 then remaining = 0 end
if want > 0 and units == 0 and room < least then
  retry = ceil((level + least - burst - half) / rate * 1000) / 1000
end
if remaining < burst then
  more = ceil((level + (remaining + 1) - burst - half) / rate * 1000) / 1000
end
if room < burst then
  reset = ceil((level + burst - burst - half) / rate * 1000) / 1000
end
return struct.pack('<dddddd', now, units, remaining, retry, more, reset)`,
};
