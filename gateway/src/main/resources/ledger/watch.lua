-- Purpose: which objects that are still to be paid for are to be looked at now. Each is given to whoever
-- asks first: it is not due again before the next look is.
--
-- Looks are as far apart as a twentieth of an object's age, within two bounds. What is paid for, forgotten
-- or too old to be known leaves the line.
--
-- KEYS  1 the line of what is owed: `<account>:<id>` by when it was last given out, at first by its creation,
--       as if the shortest time between two looks had to pass from then
-- ARGV  1 clock offset millis  2 the most of them  3 the shortest time between two looks, in millis
--       4 the longest
-- Returns for each: account id, id of the object, how often in a row its provider has not known it

local AGE_SHARE = 20

local at, shortest, longest = now(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local prefix = string.match(KEYS[1], '^(.*:)owed$') .. 'object:'
local due = {}
for _, member in ipairs(redis.call(
  'ZRANGEBYSCORE', KEYS[1], '-inf', text_of(at - shortest), 'LIMIT', 0, tonumber(ARGV[2]))) do
  local created_at, state, forgotten, missed =
    unpack(redis.call('HMGET', prefix .. member, 'created_at', 'state', 'forgotten', 'missed'))
  if not created_at or forgotten or state == 'settled' then
    redis.call('ZREM', KEYS[1], member)
  else
    local age = math.max(0, at - tonumber(created_at))
    local wait = math.max(shortest, math.min(longest, math.floor(age / AGE_SHARE)))
    redis.call('ZADD', KEYS[1], text_of(at - shortest + wait), member)
    local account, id = string.match(member, '^([^:]*):(.*)$')
    due[#due + 1] = account
    due[#due + 1] = id
    due[#due + 1] = missed or '0'
  end
end
return due
