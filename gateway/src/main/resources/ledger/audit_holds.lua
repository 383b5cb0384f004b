-- Purpose: some of a shard's open holds, each with what must be there for it. Changes nothing.
--
-- It also looks at the accounts and keys of these holds, which lie in the same slot.
--
-- KEYS  1 open holds  2... the holds
-- ARGV  1 clock offset millis  2 what every key of the shard begins with  3... their requests
-- Returns {now}, and for each hold its place in the line ('' when it has left), state, account, key,
--         amount, tokens, budgets, counted, paid_by, deadline, '1' when its account is there else '0', the
--         same for its key; '' for a field that is not there

local answer = {text_of(now(ARGV[1]))}
for i = 2, #KEYS do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i + 1])
  local hold = redis.call(
    'HMGET', KEYS[i], 'state', 'account', 'key', 'amount', 'tokens', 'budgets', 'counted', 'paid_by',
    'deadline')
  local account, key = hold[2] or '', hold[3] or ''
  answer[#answer + 1] = score and text_of(tonumber(score)) or ''
  for field = 1, 9 do
    answer[#answer + 1] = hold[field] or ''
  end
  local owner = redis.call('HGET', ARGV[2] .. 'key:' .. key, 'account')
  answer[#answer + 1] = tostring(redis.call('EXISTS', ARGV[2] .. 'account:' .. account))
  answer[#answer + 1] = owner == account and '1' or '0'
end
return answer
