-- Purpose: the event that says what an account is. Put before the scripts that change one.

-- All that an event says of an account, but for its money.
local ACCOUNT_FIELDS = {
  'status', 'name', 'email', 'multiplier_ppm', 'credit_limit', 'budgets', 'plan', 'plan_status', 'plan_funding',
  'plan_from', 'plan_until', 'plan_anchor', 'plan_fee', 'plan_agreed_fee', 'plan_multiplier_ppm', 'plan_renews',
  'plan_grace_until', 'plan_revision', 'plan_change'}

-- Counts the change, and writes what the account now is. A field that it does not have is not named, unless it
-- has just been removed.
local function write_account(account, events, id, at, removed)
  local revision = redis.call('HINCRBY', account, 'revision', 1)
  local event = {
    'id', id .. ':account:' .. text_of(revision), 'act', 'account', 'kind', 'changed', 'account', id,
    'at', text_of(at)}
  local values = redis.call('HMGET', account, unpack(ACCOUNT_FIELDS))
  for i, field in ipairs(ACCOUNT_FIELDS) do
    if values[i] or removed[field] or field == 'budgets' then
      event[#event + 1] = field
      event[#event + 1] = values[i] or ''
    end
  end
  redis.call('XADD', events, '*', unpack(event))
end
