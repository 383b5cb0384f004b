-- Purpose: puts back what an archive remembers of an object that a provider keeps, while its account is
-- being put back. What is there stays as it is. To be called oldest first: it gets the last place of its line.
--
-- KEYS  1 account  2 object  3 objects of its kind
-- ARGV  1 id of the object  2 kind  3 provider  4 key id  5 request id  6 when it was noted, in millis
--       7 purpose, '' for none  8 facts  9 '1' when it is paid for later, else '0'
--       10 millis for which it is still kept  11 what has come of its request: `settled`, `reaped`,
--       `released` for good, '' for nothing  12 charged  13 adjusted  14 balance
--       15... of a run what is known of its end and its parts: fields, each with its value
-- Returns '1', or '0' when it is there, or its account is not being put back

if redis.call('HEXISTS', KEYS[1], 'restoring') == 0 or redis.call('EXISTS', KEYS[2]) == 1 then
  return '0'
end

local id, kept_millis = ARGV[1], tonumber(ARGV[10])
local newest = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
local place = text_of(math.max(tonumber(ARGV[6]), number_of(newest[2]) + 1))
redis.call('HSET', KEYS[2], 'kind', ARGV[2], 'provider', ARGV[3], 'key', ARGV[4], 'request', ARGV[5],
  'created_at', place)

-- A line lives as long as what was last put into it.
local function put_in(line)
  redis.call('ZADD', line, place, id)
  redis.call('PEXPIRE', line, math.max(kept_millis, redis.call('PTTL', line)))
end

put_in(KEYS[3])
if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[2], 'purpose', ARGV[7])
  put_in(KEYS[3] .. ':' .. ARGV[7])
end
if ARGV[9] == '1' then
  redis.call('HSET', KEYS[2], 'deferred', '1')
end
if ARGV[9] == '1' and ARGV[11] ~= 'settled' and ARGV[11] ~= 'released' and ARGV[2] ~= 'run' then
  local shard, member = string.match(KEYS[2], '^(.-):object:(.*)$')
  redis.call('ZADD', shard .. ':owed', place, member)
end
if ARGV[8] ~= '' and (ARGV[11] ~= 'settled' or ARGV[2] == 'run') then
  redis.call('HSET', KEYS[2], 'facts', ARGV[8])
end
if ARGV[11] ~= '' then
  redis.call('HSET', KEYS[2], 'state', ARGV[11], 'charged', ARGV[12], 'adjusted', ARGV[13], 'balance', ARGV[14])
end
for i = 15, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[2], kept_millis)
return '1'
