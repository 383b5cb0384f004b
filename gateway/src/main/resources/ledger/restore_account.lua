-- Purpose: puts an account back as an archive remembers it. One that is there stays as it is.
--
-- KEYS  1 account  2 accounts
-- ARGV  1 account id  2... fields, each followed by its value, `created_at` among them
-- Returns '1', or '0' when it is there

if redis.call('EXISTS', KEYS[1]) == 1 then
  return '0'
end
redis.call('HSET', KEYS[1], 'held', '0', 'opens', '0', unpack(ARGV, 2))
local at = redis.call('HGET', KEYS[1], 'created_at')
redis.call('ZADD', KEYS[2], 0, string.format('%014.0f:%s', tonumber(at), ARGV[1]))
return '1'
