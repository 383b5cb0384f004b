-- Purpose: puts a key back as an archive remembers it, while its account is being put back.
--
-- KEYS  1 key  2 the account's keys  3 its budgets  4 account
-- ARGV  1 account id  2 key id  3... fields, each followed by its value, `created_at` among them
-- Returns '1', or '0' when its account is not being put back

if redis.call('HEXISTS', KEYS[4], 'restoring') == 0 then
  return '0'
end
redis.call('HSET', KEYS[1], 'account', ARGV[1], unpack(ARGV, 3))
redis.call('DEL', KEYS[3])
redis.call('ZADD', KEYS[2], redis.call('HGET', KEYS[1], 'created_at'), ARGV[2])
return '1'
