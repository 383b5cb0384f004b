-- Purpose: what an account and its budgets have held, and all of its open holds, at one moment.
-- Changes nothing. It walks all open holds of the shard, within a bound: they are not listed by
-- account, and a second list would cost every request for the sake of an audit.
--
-- KEYS  1 account  2 its budgets  3 open holds  4... the budgets of some of its keys
-- ARGV  1 what the key of every hold begins with  2 account id  3 the most holds to walk
-- Returns {'missing'} for an unknown account, {'too_many'} beyond the bound, or
--         {'held', held, opens, number of its holds, for each of them key, amount, tokens, budgets,
--         counted, paid_by, and for the account, then for each of those keys, number of budgets and for each of them
--         id, held}

local account = redis.call('HMGET', KEYS[1], 'status', 'held', 'opens')
if not account[1] then
  return {'missing'}
end
if redis.call('ZCARD', KEYS[3]) > tonumber(ARGV[3]) then
  return {'too_many'}
end

local answer, count = {'held', account[2] or '', account[3] or '', '0'}, 0
for _, request in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  local hold = ARGV[1] .. request
  if redis.call('HGET', hold, 'account') == ARGV[2] then
    local fields = redis.call('HMGET', hold, 'state', 'key', 'amount', 'tokens', 'budgets', 'counted', 'paid_by')
    if fields[1] == 'open' then
      count = count + 1
      for field = 2, 7 do
        answer[#answer + 1] = fields[field] or ''
      end
    end
  end
end
answer[4] = tostring(count)

local function add_budgets(state)
  local fields = redis.call('HGETALL', state)
  local place, budgets = #answer + 1, 0
  answer[place] = ''
  for i = 1, #fields, 2 do
    local id = string.match(fields[i], '^(.+)%.held$')
    if id then
      budgets = budgets + 1
      answer[#answer + 1] = id
      answer[#answer + 1] = fields[i + 1]
    end
  end
  answer[place] = tostring(budgets)
end

add_budgets(KEYS[2])
for i = 4, #KEYS do
  add_budgets(KEYS[i])
end
return answer
