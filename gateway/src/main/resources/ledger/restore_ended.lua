-- Purpose: leaves the tombstone of a request that an archive knows as ended, so that a journal which tells
-- of it again does not charge it again. What is there stays as it is.
--
-- KEYS  1 hold
-- ARGV  1 account id  2 key id  3 `settled` or `reaped`  4 charged  5 adjusted  6 balance
--       7 tokens used  8 tombstone millis left
-- Returns '1', or '0' when it is there

if redis.call('EXISTS', KEYS[1]) == 1 then
  return '0'
end
redis.call('HSET', KEYS[1], 'account', ARGV[1], 'key', ARGV[2], 'state', ARGV[3], 'charged', ARGV[4],
  'adjusted', ARGV[5], 'balance', ARGV[6], 'used_tokens', ARGV[7], 'entry', '')
redis.call('PEXPIRE', KEYS[1], ARGV[8])
return '1'
