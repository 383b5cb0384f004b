-- Purpose: opens an account with nothing on it. An account that is there already stays as it is.
--
-- KEYS  1 account  2 accounts  3 events
-- ARGV  1 clock offset millis  2 account id  3 name  4 email  5 multiplier_ppm  6 credit limit
-- Returns the account's fields, each followed by its value

if redis.call('EXISTS', KEYS[1]) == 0 then
  local at = text_of(now(ARGV[1]))
  redis.call('HSET', KEYS[1],
    'status', 'active', 'name', ARGV[3], 'email', ARGV[4], 'multiplier_ppm', ARGV[5],
    'credit_limit', ARGV[6], 'balance', '0', 'held', '0', 'opens', '0', 'lifetime_topup', '0',
    'lifetime_credit', '0', 'created_at', at, 'revision', '0')
  -- All scores are equal: members sort by their text, which begins with the time in 14 digits.
  redis.call('ZADD', KEYS[2], 0, string.format('%014.0f:%s', tonumber(at), ARGV[2]))
  redis.call('XADD', KEYS[3], '*',
    'id', ARGV[2] .. ':account:0', 'act', 'account', 'kind', 'created', 'account', ARGV[2], 'at', at,
    'status', 'active', 'name', ARGV[3], 'email', ARGV[4], 'multiplier_ppm', ARGV[5],
    'credit_limit', ARGV[6])
end
return redis.call('HGETALL', KEYS[1])
