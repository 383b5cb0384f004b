-- Purpose: lets the budgets of an account or a key count what an archive says was used, each as of the
-- time when it was settled, so that they stand as if they had counted it then.
--
-- KEYS  1 account or key  2 its budgets
-- ARGV  at least once, oldest first: 1 when, in millis  2 model  3 nano-USD  4 tokens  5 requests
-- Returns how many were counted

local definitions = redis.call('HGET', KEYS[1], 'budgets')
if definitions and definitions ~= '' then
  for i = 1, #ARGV, 5 do
    charge_budgets(KEYS[2], definitions, budgets_for(definitions, ARGV[i + 1]), tonumber(ARGV[i]), nil, {
      usd = tonumber(ARGV[i + 2]), tokens = tonumber(ARGV[i + 3]), requests = tonumber(ARGV[i + 4]),
      concurrent = 0})
  end
end
return text_of(#ARGV / 5)
