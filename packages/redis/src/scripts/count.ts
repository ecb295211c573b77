import type { ScriptSource } from './script.ts';

/**
 * Units of a sliding window: `rate-limit/sliding-window.ts` of core line by line. What is kept is the number of
 * the newest span, how many may be in the window, when the newest was opened, and for each of them (the newest
 * also where none is) the time of its last unit and its units. Arguments: deadline, quota, window, cost, span (default 0).
 * Answers the time, units, remaining, how long until a retry, one more and all, and the span.
 */
export const COUNT: ScriptSource = {
  body: `
local ceil, min, max = math.ceil, math.min, math.max
local quota, window = ARGV[2] + 0, ARGV[3] + 0
local cost, span = ARGV[4] + 0, (ARGV[5] or 0) + 0
local opened, live, openedAt, used, changed = 0, 0, 0, 0, false
local last, taken = {}, {}
local state = redis.call('GET', KEYS[1])
if state then
  local fields = { struct.unpack('<' .. string.rep('d', #state / 8), state) }
  opened, live, openedAt = fields[1], fields[2], fields[3]
  local place = 4
  for each = opened - max(live, 1) + 1, opened do
    last[each], taken[each] = fields[place], fields[place + 1]
    place = place + 2
  end
  if openedAt > now or last[opened] > now then
    openedAt = min(openedAt, now)
    for each = opened - live + 1, opened do last[each] = min(last[each], now) end
    changed = true
  end
  while live > 0 and last[opened - live + 1] + window <= now + 1e-6 do
    live = live - 1
    changed = true
  end
  for each = opened - live + 1, opened do used = used + taken[each] end
end
local function wait(wanted)
  local before = max(0, ceil(wanted / quota) - 1)
  local missing = wanted - before * quota - (quota - used)
  if missing <= 0 and before == 0 then return 0 end
  local leaves, each = now, opened - live + 1
  while missing > 0 and each <= opened do
    missing = missing - taken[each]
    leaves = last[each] + window
    each = each + 1
  end
  return ceil((leaves - now + before * window - 1e-6 / 2) * 1000) / 1000
end
local units = 0
if cost > 0 and cost <= quota - used then
  if (live == 0 or now - openedAt >= window / 8) and live < 9 then
    opened, live, openedAt = opened + 1, live + 1, now
    taken[opened] = 0
  end
  last[opened], taken[opened] = now, taken[opened] + cost
  units, used, changed = cost, used + cost, true
elseif cost < 0 and span > opened - live and span <= opened then
  local given = min(-cost, taken[span])
  taken[span], used = taken[span] - given, used - given
  if given > 0 then units, changed = -given, true end
end
local reset = 0
if opened > 0 then reset = max(0, last[opened] + window - now) end
if changed then
  local fields = { opened, live, openedAt }
  for each = opened - max(live, 1) + 1, opened do
    fields[#fields + 1] = last[each]
    fields[#fields + 1] = taken[each]
  end
  local packed = struct.pack('<' .. string.rep('d', #fields), unpack(fields))
  redis.call('SET', KEYS[1], packed, 'PX', min(ceil(reset) + SPARE, LONGEST))
end
local remaining = max(0, quota - used)
local retry, more = 0, 0
if cost > 0 and units == 0 then retry = wait(cost) end
if remaining < quota then more = wait(remaining + 1) end
return struct.pack('<ddddddd', now, units, remaining, retry, more, reset, opened)`,
};
