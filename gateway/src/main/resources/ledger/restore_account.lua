-- Purpose: begins to put an account back as an archive remembers it. Until it is done the account is
-- suspended, and may be begun again. One that is there stays as it is.
--
-- KEYS  1 account  2 accounts  3 its budgets
-- ARGV  1 account id  2 its status  3... fields, each followed by its value, `created_at` among them
-- Returns '1', or '0' when it is there

if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('HEXISTS', KEYS[1], 'restoring') == 0 then
  return '0'
end
redis.call('HSET', KEYS[1], 'held', '0', 'opens', '0', 'restoring', ARGV[2], unpack(ARGV, 3))
redis.call('HSET', KEYS[1], 'status', 'suspended')
redis.call('DEL', KEYS[3])
local at = redis.call('HGET', KEYS[1], 'created_at')
redis.call('ZADD', KEYS[2], 0, string.format('%014.0f:%s', tonumber(at), ARGV[1]))
return '1'
