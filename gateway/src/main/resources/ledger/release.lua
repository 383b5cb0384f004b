-- Purpose: gives a hold back whole, charging nothing, once.
--
-- Steps:
--   1. settled or released before: the first answer again
--   2. give the hold back, to the account and to every budget that it touched
--   3. leave a tombstone, even where nothing was held: a hold that arrives later, because its call
--      had been given up, is then refused instead of leaked
--
-- KEYS  1 account  2 the account's budgets  3 the key's budgets  4 hold  5 open holds  6 events
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 reason  6 tombstone millis
-- Returns {'settled', '0', '0', balance, '1' when it is the first answer again, else '0'}
--      or {'unknown_account'}

local account_id, key_id, request_id = ARGV[2], ARGV[3], ARGV[4]

local hold = redis.call('HMGET', KEYS[4], 'state', 'amount', 'budgets', 'charged', 'adjusted', 'balance')
if hold[1] and hold[1] ~= 'open' then
  return {'settled', hold[4], hold[5], hold[6], '1'}
end

local balance = redis.call('HGET', KEYS[1], 'balance')
if hold[1] then
  local held_text = hold[2]
  for owner, name, unit in string.gmatch(hold[3], '(%a+):([^:%s]+):(%a+)') do
    local given_back = unit == 'usd' and held_text or '1'
    if given_back ~= '0' then
      redis.call('HINCRBY', owner == 'key' and KEYS[3] or KEYS[2], name .. '.held', '-' .. given_back)
    end
  end
  if held_text ~= '0' then
    redis.call('HINCRBY', KEYS[1], 'held', '-' .. held_text)
  end
  redis.call('HINCRBY', KEYS[1], 'opens', -1)
  redis.call('ZREM', KEYS[5], request_id)
  redis.call('XADD', KEYS[6], '*',
    'id', request_id .. ':release', 'act', 'release', 'kind', 'release', 'account', account_id,
    'key', key_id, 'request', request_id, 'at', text_of(now(ARGV[1])), 'amount', '0',
    'balance_after', balance, 'held', held_text, 'reason', ARGV[5])
end

redis.call('DEL', KEYS[4])
redis.call('HSET', KEYS[4],
  'state', 'released', 'account', account_id, 'key', key_id,
  'charged', '0', 'adjusted', '0', 'balance', balance or '0')
redis.call('PEXPIRE', KEYS[4], ARGV[6])
if not balance then
  return {'unknown_account'}
end
return {'settled', '0', '0', balance, '0'}
