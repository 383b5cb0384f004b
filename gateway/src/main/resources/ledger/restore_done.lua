-- Purpose: ends putting an account back: from now on it is what it was.
--
-- KEYS  1 account
-- Returns '1', or '0' when it is not being put back

local status = redis.call('HGET', KEYS[1], 'restoring')
if not status then
  return '0'
end
redis.call('HSET', KEYS[1], 'status', status)
redis.call('HDEL', KEYS[1], 'restoring')
return '1'
