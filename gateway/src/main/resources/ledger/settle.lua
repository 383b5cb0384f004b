-- Purpose: charges the true cost of a request and gives back the rest of its hold, once.
--
-- Steps:
--   1. settled or released before: the first answer again
--   2. give the hold back, to the account and to every budget that it touched; count what was used
--      there, as of now. Without a hold, count it in the budgets that apply now
--   3. charge the part of the cost within the hold, and with an entry of its own, `adjustment`,
--      what is beyond it. The balance may go below zero
--   4. leave a tombstone with the answer
--
-- A hold that Redis has forgotten is settled all the same, in full, as if it had been of the amount
-- that the gateway remembers: a settlement that is replayed so makes the very same entries.
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds  7 events
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 kind of the entry  6 cost
--       7 list cost  8 what the hold was, should it be forgotten  9 tombstone millis  10 model
--       11 tokens used  12... further fields of the event, each with its value
-- Returns {'settled', charged, adjusted, balance, '1' when it is the first answer again, else '0'}
--      or {'unknown_account'}

local account_id, key_id, request_id, cost_text, model = ARGV[2], ARGV[3], ARGV[4], ARGV[6], ARGV[10]
local at_millis = now(ARGV[1])
local at = text_of(at_millis)

local hold = redis.call(
  'HMGET', KEYS[5], 'state', 'amount', 'budgets', 'charged', 'adjusted', 'balance', 'tokens')
if hold[1] and hold[1] ~= 'open' then
  return {'settled', hold[4], hold[5], hold[6], '1'}
end
local account = redis.call('HMGET', KEYS[1], 'status', 'budgets')
if not account[1] then
  return {'unknown_account'}
end

local definitions = redis.call('HGET', KEYS[2], 'budgets')
local used = {usd = tonumber(cost_text), tokens = tonumber(ARGV[11])}
local held_text = ARGV[8]
if hold[1] then
  held_text = hold[2]
  local held, touched = {usd = tonumber(held_text), tokens = tonumber(hold[7])}, touched_budgets(hold[3])
  charge_budgets(KEYS[4], definitions, touched.key, at_millis, held, used)
  charge_budgets(KEYS[3], account[2], touched.account, at_millis, held, used)
  if held_text ~= '0' then
    redis.call('HINCRBY', KEYS[1], 'held', '-' .. held_text)
  end
  redis.call('HINCRBY', KEYS[1], 'opens', -1)
  redis.call('ZREM', KEYS[6], request_id)
else
  charge_budgets(KEYS[4], definitions, budgets_for(definitions, model), at_millis, nil, used)
  charge_budgets(KEYS[3], account[2], budgets_for(account[2], model), at_millis, nil, used)
end

local cost, held = tonumber(cost_text), tonumber(held_text)
local adjusted = cost > held and cost - held or 0

-- The balance may lie where doubles are not exact: it is read back as text.
local function charge(amount_text, act, kind, ...)
  local signed = amount_text == '0' and '0' or '-' .. amount_text
  redis.call('HINCRBY', KEYS[1], 'balance', signed)
  redis.call('XADD', KEYS[7], '*',
    'id', request_id .. ':' .. act, 'act', act, 'kind', kind, 'account', account_id, 'key', key_id,
    'request', request_id, 'at', at, 'amount', signed,
    'balance_after', redis.call('HGET', KEYS[1], 'balance'), 'model', model, ...)
end
charge(text_of(cost - adjusted), 'settle', ARGV[5], 'cost', cost_text, 'list', ARGV[7], 'held', held_text,
  'hold_unknown', hold[1] and '0' or '1', unpack(ARGV, 12))
if adjusted > 0 then
  charge(text_of(adjusted), 'adjustment', 'adjustment')
end

local adjusted_text, balance = text_of(adjusted), redis.call('HGET', KEYS[1], 'balance')
redis.call('DEL', KEYS[5])
redis.call('HSET', KEYS[5],
  'state', 'settled', 'account', account_id, 'key', key_id,
  'charged', cost_text, 'adjusted', adjusted_text, 'balance', balance)
redis.call('PEXPIRE', KEYS[5], ARGV[9])
return {'settled', cost_text, adjusted_text, balance, '0'}
