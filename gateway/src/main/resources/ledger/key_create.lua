-- Purpose: gives an account a key. The index by hash lies in another slot and is written after this.
-- A key that is there already stays as it is.
--
-- KEYS  1 account  2 key  3 the account's keys  4 events
-- ARGV  1 clock offset millis  2 account id  3 key id  4 SHA-256 of the secret, in hex  5... fields,
--       each followed by its value
-- Returns '1', or '0' for an unknown account

if redis.call('EXISTS', KEYS[1]) == 0 then
  return '0'
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  local at = text_of(now(ARGV[1]))
  redis.call('HSET', KEYS[2],
    'account', ARGV[2], 'sha256', ARGV[4], 'status', 'active', 'created_at', at, 'revision', '0',
    unpack(ARGV, 5))
  redis.call('ZADD', KEYS[3], at, ARGV[3])
  redis.call('XADD', KEYS[4], '*',
    'id', ARGV[3] .. ':key:0', 'act', 'key', 'kind', 'created', 'account', ARGV[2], 'key', ARGV[3],
    'at', at, 'sha256', ARGV[4], 'status', 'active', unpack(ARGV, 5))
end
return '1'
