-- Purpose: puts an account on a plan, prolongs it, or ends it, with the fee and what comes back of an earlier
-- one. All of it or nothing; once, however often it is told.
--
-- Who asks has read the account before. `plan_revision` counts the changes of its plan: one that was asked
-- for as of another revision is not made, so that two who do the same at once do it once.
--
-- Steps:
--   1. made before: the answer again. Another revision: nothing
--   2. refuse what the balance, less what is held, and the credit limit do not cover
--   3. book what comes back of the earlier fee, then the fee, each with an event
--   4. set the fields and budgets, with the account's event
--
-- KEYS  1 account  2 events  3 its budgets
-- ARGV  1 clock offset millis  2 account id  3 id of this change  4 plan_revision before it
--       5 what comes back, nano-USD  6 fee  7 reference of the entries
--       8... fields, each followed by its new value, '' to remove it; a field `budget:<name>` is the one line
--       of that budget, '' to remove it
-- Returns {'changed', balance, '1' when it had been made before, else '0'}
--      or {'insufficient', what lacks on top of what comes back, balance, held, credit_limit}
--      or {'unknown_account'} {'moved'} {'too_many_budgets'} {'out_of_range'}

local account = {}
account.status, account.balance, account.held, account.credit_limit, account.budgets, account.revision,
  account.change =
  unpack(redis.call(
    'HMGET', KEYS[1], 'status', 'balance', 'held', 'credit_limit', 'budgets', 'plan_revision', 'plan_change'))
local at, account_id, change_id, revision = now(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local back, fee, reference = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]

if not account.status then
  return {'unknown_account'}
end
if account.change == change_id then
  return {'changed', account.balance, '1'}
end
if (account.revision or '0') ~= revision then
  return {'moved'}
end
-- Each lies within MAX, so that their difference is exact or beyond it.
if math.abs(tonumber(account.balance) + back - fee) > MAX then
  return {'out_of_range'}
end
if fee > back then
  local available = tonumber(account.balance) - (tonumber(account.held) - tonumber(account.credit_limit))
  if available < fee - back then
    return {'insufficient', text_of(fee - back), account.balance, account.held, account.credit_limit}
  end
end
local before = account.budgets or ''
local after, count = with_budgets(before, 8)
if count > BUDGETS_MAX then
  return {'too_many_budgets'}
end

local next_revision = text_of(tonumber(revision) + 1)

local function book(name, amount)
  if amount == 0 then
    return
  end
  redis.call('HINCRBY', KEYS[1], 'balance', text_of(amount))
  if amount > 0 then
    redis.call('HINCRBY', KEYS[1], 'lifetime_credit', text_of(amount))
  end
  redis.call('XADD', KEYS[2], '*',
    'id', account_id .. ':plan:' .. next_revision .. name .. ':credit', 'act', 'credit', 'kind', 'plan_fee',
    'account', account_id, 'at', text_of(at), 'amount', text_of(amount),
    'balance_after', redis.call('HGET', KEYS[1], 'balance'), 'reference', reference)
end

book(':unused', back)
book('', -fee)

local removed = {}
for i = 8, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  if not string.find(field, '^budget:') then
    if value == '' then
      removed[field] = true
      redis.call('HDEL', KEYS[1], field)
    else
      redis.call('HSET', KEYS[1], field, value)
    end
  end
end
if after ~= before then
  redis.call('HSET', KEYS[1], 'budgets', after)
  forget_removed(KEYS[3], before, after)
end
redis.call('HSET', KEYS[1], 'plan_revision', next_revision, 'plan_change', change_id)
write_account(KEYS[1], KEYS[2], account_id, at, removed)
return {'changed', redis.call('HGET', KEYS[1], 'balance'), '0'}
