-- Purpose: gives a hold back whole, charging nothing, once.
--
-- Steps:
--   1. settled or released before: the first answer again
--   2. give the hold back, to the account and to every budget that it touched
--   3. leave a tombstone, even where nothing was held: a hold that arrives later, because its call
--      had been given up, is then refused instead of leaked
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds  7 events
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 reason  6 tombstone millis
-- Returns {'settled', '0', '0', balance, '1' when it is the first answer again, else '0'}
--      or {'unknown_account'}

local account_id, key_id, request_id = ARGV[2], ARGV[3], ARGV[4]

local hold = redis.call(
  'HMGET', KEYS[5], 'state', 'amount', 'budgets', 'charged', 'adjusted', 'balance', 'tokens')
if hold[1] and hold[1] ~= 'open' then
  return {'settled', hold[4], hold[5], hold[6], '1'}
end

local balance = redis.call('HGET', KEYS[1], 'balance')
if hold[1] then
  local held_text = hold[2]
  local held, touched = {usd = tonumber(held_text), tokens = tonumber(hold[7])}, touched_budgets(hold[3])
  local at = now(ARGV[1])
  charge_budgets(KEYS[4], redis.call('HGET', KEYS[2], 'budgets'), touched.key, at, held, nil)
  charge_budgets(KEYS[3], redis.call('HGET', KEYS[1], 'budgets'), touched.account, at, held, nil)
  if held_text ~= '0' then
    redis.call('HINCRBY', KEYS[1], 'held', '-' .. held_text)
  end
  redis.call('HINCRBY', KEYS[1], 'opens', -1)
  redis.call('ZREM', KEYS[6], request_id)
  redis.call('XADD', KEYS[7], '*',
    'id', request_id .. ':release', 'act', 'release', 'kind', 'release', 'account', account_id,
    'key', key_id, 'request', request_id, 'at', text_of(at), 'amount', '0',
    'balance_after', balance, 'held', held_text, 'reason', ARGV[5])
end

redis.call('DEL', KEYS[5])
redis.call('HSET', KEYS[5],
  'state', 'released', 'account', account_id, 'key', key_id,
  'charged', '0', 'adjusted', '0', 'balance', balance or '0')
redis.call('PEXPIRE', KEYS[5], ARGV[6])
if not balance then
  return {'unknown_account'}
end
return {'settled', '0', '0', balance, '0'}
