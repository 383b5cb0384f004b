-- Purpose: books money in or out; once per id.
--
-- Steps:
--   1. booked before: the first answer again, or a conflict when it was something else
--   2. refuse what would leave the range in which a script counts exactly
--   3. refuse what would take the balance, less what is held, below the floor, if there is one
--   4. book it, count it among what was ever credited, write its event
--
-- KEYS  1 account  2 credit  3 events
-- ARGV  1 clock offset millis  2 account id  3 credit id  4 kind  5 amount  6 reference  7 floor, or ''
-- Returns {'credited', amount, balance, '1' when it is the first answer again, else '0'}
--      or {'insufficient', balance, held}
--      or {'unknown_account'} {'conflict'} {'out_of_range'}

local account_id, credit_id, kind, amount_text = ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local first = redis.call('HMGET', KEYS[2], 'account', 'kind', 'amount', 'balance')
if first[1] then
  if first[1] ~= account_id or first[2] ~= kind or first[3] ~= amount_text then
    return {'conflict'}
  end
  return {'credited', amount_text, first[4], '1'}
end

local balance, held = unpack(redis.call('HMGET', KEYS[1], 'balance', 'held'))
if not balance then
  return {'unknown_account'}
end
local amount = tonumber(amount_text)
local after = tonumber(balance) + amount
if after > MAX or (after < -MAX and amount < 0) then
  return {'out_of_range'}
end
if ARGV[7] ~= '' and after - tonumber(held) < tonumber(ARGV[7]) then
  return {'insufficient', balance, held}
end

redis.call('HINCRBY', KEYS[1], 'balance', amount_text)
if kind == 'topup' then
  redis.call('HINCRBY', KEYS[1], 'lifetime_topup', amount_text)
end
if amount > 0 then
  redis.call('HINCRBY', KEYS[1], 'lifetime_credit', amount_text)
end
balance = redis.call('HGET', KEYS[1], 'balance')
redis.call('HSET', KEYS[2], 'account', account_id, 'kind', kind, 'amount', amount_text, 'balance', balance)
redis.call('XADD', KEYS[3], '*',
  'id', credit_id .. ':credit', 'act', 'credit', 'kind', kind, 'account', account_id,
  'at', text_of(now(ARGV[1])), 'amount', amount_text, 'balance_after', balance, 'reference', ARGV[6])
return {'credited', amount_text, balance, '0'}
