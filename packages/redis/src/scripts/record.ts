import type { ScriptSource } from './script.ts';

/**
 * A record is one string: version (0 for a tombstone), when it was written or touched, when it ends, its absolute
 * end (0 for none), the mark of its last write, then its data. After a clock went back everything ends as much
 * earlier, and that is written back where the server takes writes.
 */
const RECORD = `
local ceil, min = math.ceil, math.min
local version, at, endsAt, absoluteEnd, mark, known = 0, 0, 0, 0, 0, false
local function header() return struct.pack('<ddddd', version, at, endsAt, absoluteEnd, mark) end
local function open(state)
  if #state < 40 then return end
  version, at, endsAt, absoluteEnd, mark = struct.unpack('<ddddd', state)
  if now < at then
    endsAt = endsAt - (at - now)
    if absoluteEnd ~= 0 then absoluteEnd = absoluteEnd - (at - now) end
    at = now
    redis.pcall('SETRANGE', KEYS[1], 0, header())
  end
  known = endsAt > now
end
local function life(wanted)
  if absoluteEnd == 0 then return wanted end
  return min(wanted, absoluteEnd - now)
end
local function ttl(ms) return min(ceil(ms) + SPARE, LONGEST) end`;

/**
 * Argument: deadline. Answers the time, or the time, the version, how long it lives on, and the whole string.
 * Runs on a server that takes no writes, too, as that is full, lacks replicas or was demoted: one that says what it may
 * do (`#!lua`) would be refused for what it may write.
 */
export const READ: ScriptSource = {
  body: `${RECORD}
local state = redis.call('GET', KEYS[1]) or ''
open(state)
if not known or version == 0 then return struct.pack('<dd', now, 0) end
return struct.pack('<ddd', now, version, endsAt - now) .. state`,
};

/**
 * Arguments: deadline, mode, version, ttl, absolute life (0 for none), channel of those who watch (empty for
 * nobody), mark, data. Answers the time, 0 for written, 1 for a conflict, 2 for gone, and the version. The mark is
 * another for each write: one that a client sends a second time is known by it, and was written. It stays written where
 * the user may not publish.
 */
export const WRITE: ScriptSource = {
  body: `${RECORD}
local mode, expected, wanted, absolute = ARGV[2], ARGV[3] + 0, ARGV[4] + 0, ARGV[5] + 0
local own = ARGV[7] + 0
open(redis.call('GETRANGE', KEYS[1], 0, 39))
local function answer(outcome, of) return struct.pack('<ddd', now, outcome, of) end
if known then
  if version == 0 then return answer(2, 0) end
  if mark == own then return answer(0, version) end
  if mode == 'create' or (mode == 'cas' and version ~= expected) then return answer(1, version) end
else
  if mode == 'cas' then return answer(2, 0) end
  version, absoluteEnd = 0, absolute > 0 and now + absolute or 0
end
local lives = life(wanted)
if lives <= 0 then
  redis.call('DEL', KEYS[1])
  return answer(2, version)
end
version, at, endsAt, mark = version + 1, now, now + lives, own
redis.call('SET', KEYS[1], header() .. ARGV[8], 'PX', ttl(lives))
if ARGV[6] ~= '' then redis.pcall('PUBLISH', ARGV[6], '') end
return answer(0, version)`,
};

/** Arguments: deadline, ttl. Answers the time, and 1 where there is a record, else 0. */
export const TOUCH: ScriptSource = {
  whenFull: true,
  body: `${RECORD}
local wanted = ARGV[2] + 0
open(redis.call('GETRANGE', KEYS[1], 0, 39))
if not known or version == 0 then return struct.pack('<dd', now, 0) end
local lives = life(wanted)
if lives <= 0 then
  redis.call('DEL', KEYS[1])
  return struct.pack('<dd', now, 0)
end
at, endsAt = now, now + lives
redis.call('SETRANGE', KEYS[1], 0, header())
redis.call('PEXPIRE', KEYS[1], ttl(lives))
return struct.pack('<dd', now, 1)`,
};

/** Arguments: how long the tombstone stands, channel of those who watch. */
export const REMOVE: ScriptSource = {
  deadline: false,
  whenFull: true,
  body: `
local stands = ARGV[1] + 0
if stands > 0 then
  redis.call('SET', KEYS[1], struct.pack('<ddddd', 0, now, now + stands, 0, 0), 'PX',
    math.min(math.ceil(stands) + SPARE, LONGEST))
else
  redis.call('DEL', KEYS[1])
end
redis.pcall('PUBLISH', ARGV[2], '')
return struct.pack('<d', now)`,
};
