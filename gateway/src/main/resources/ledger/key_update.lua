-- Purpose: changes a key. Its event carries all of what it now is.
--
-- KEYS  1 key  2 events  3 its budgets
-- ARGV  1 clock offset millis  2 account id  3 key id  4... fields, each followed by its new value; a
--       value of '' removes the field; a field `budget:<name>` is the one line of that budget
-- Returns '1', '0' for a key that this account does not have, or 'too_many_budgets', having changed nothing

if redis.call('HGET', KEYS[1], 'account') ~= ARGV[2] then
  return '0'
end

local before = redis.call('HGET', KEYS[1], 'budgets') or ''
local after, count = with_budgets(before, 4)
if count > BUDGETS_MAX then
  return 'too_many_budgets'
end
if after ~= before then
  redis.call('HSET', KEYS[1], 'budgets', after)
  forget_removed(KEYS[3], before, after)
end

for i = 4, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  if value == '' then
    redis.call('HDEL', KEYS[1], field)
  elseif not string.find(field, '^budget:') then
    redis.call('HSET', KEYS[1], field, value)
  end
end

if #ARGV > 3 then
  local revision = redis.call('HINCRBY', KEYS[1], 'revision', 1)
  local event = {
    'id', ARGV[3] .. ':key:' .. text_of(revision), 'act', 'key', 'kind', 'changed',
    'account', ARGV[2], 'key', ARGV[3], 'at', text_of(now(ARGV[1]))}
  for _, field in ipairs({'sha256', 'status', 'name', 'hint', 'budgets', 'models', 'scopes', 'expires_at'}) do
    event[#event + 1] = field
    event[#event + 1] = redis.call('HGET', KEYS[1], field) or ''
  end
  redis.call('XADD', KEYS[2], '*', unpack(event))
end
return '1'
