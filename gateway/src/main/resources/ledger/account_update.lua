-- Purpose: changes fields of an account. Its event carries all of what it now is, without the money.
--
-- KEYS  1 account  2 events  3 its budgets
-- ARGV  1 clock offset millis  2 account id  3... fields, each followed by its new value; a field
--       `budget:<name>` is the one line of that budget, '' to remove it
-- Returns the account's fields, each followed by its value; {} for an unknown account; or
--         {'too_many_budgets'}, having changed nothing

if redis.call('EXISTS', KEYS[1]) == 0 then
  return {}
end
local before = redis.call('HGET', KEYS[1], 'budgets') or ''
local after, count = with_budgets(before, 3)
if count > BUDGETS_MAX then
  return {'too_many_budgets'}
end
if after ~= before then
  redis.call('HSET', KEYS[1], 'budgets', after)
  forget_removed(KEYS[3], before, after)
end
if #ARGV > 2 then
  for i = 3, #ARGV, 2 do
    if not string.find(ARGV[i], '^budget:') then
      redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    end
  end
  write_account(KEYS[1], KEYS[2], ARGV[2], now(ARGV[1]), {})
end
return redis.call('HGETALL', KEYS[1])
