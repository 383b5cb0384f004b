-- Purpose: leaves the tombstone of a request that an archive knows as settled, so that a journal which
-- tells of it again does not charge it again. What is there stays as it is.
--
-- KEYS  1 hold
-- ARGV  1 account id  2 key id  3 charged  4 adjusted  5 balance  6 tombstone millis left
-- Returns '1', or '0' when it is there

if redis.call('EXISTS', KEYS[1]) == 1 then
  return '0'
end
redis.call('HSET', KEYS[1], 'state', 'settled', 'account', ARGV[1], 'key', ARGV[2], 'charged', ARGV[3],
  'adjusted', ARGV[4], 'balance', ARGV[5], 'entry', '')
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return '1'
