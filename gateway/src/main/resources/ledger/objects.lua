-- Purpose: a page of the ids of an account's objects of one kind, in the order in which they were
-- noted. Changes nothing.
--
-- It begins after an object that may have been forgotten a moment ago.
--
-- KEYS  1 objects of the kind  2 the object after which the page begins, if there is one
-- ARGV  1 the most of them  2 '1' for the newest first, else '0'
-- Returns {'unknown'} for an object that has no place; else {'page', '1' when there are more else '0', ids...}

local count, is_newest_first = tonumber(ARGV[1]), ARGV[2] == '1'
local place = nil
if KEYS[2] then
  place = redis.call('HGET', KEYS[2], 'created_at')
  if not place then
    return {'unknown'}
  end
end

local ids
if is_newest_first then
  ids = redis.call(
    'ZREVRANGEBYSCORE', KEYS[1], place and '(' .. place or '+inf', '-inf', 'LIMIT', 0, count + 1)
else
  ids = redis.call(
    'ZRANGEBYSCORE', KEYS[1], place and '(' .. place or '-inf', '+inf', 'LIMIT', 0, count + 1)
end
local page = {'page', #ids > count and '1' or '0'}
for i = 1, math.min(#ids, count) do
  page[#page + 1] = ids[i]
end
return page
