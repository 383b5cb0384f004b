-- Purpose: puts a key back as an archive remembers it. One that is there stays as it is.
--
-- KEYS  1 key  2 the account's keys
-- ARGV  1 account id  2 key id  3... fields, each followed by its value, `created_at` among them
-- Returns '1', or '0' when it is there

if redis.call('EXISTS', KEYS[1]) == 1 then
  return '0'
end
redis.call('HSET', KEYS[1], 'account', ARGV[1], unpack(ARGV, 3))
redis.call('ZADD', KEYS[2], redis.call('HGET', KEYS[1], 'created_at'), ARGV[2])
return '1'
