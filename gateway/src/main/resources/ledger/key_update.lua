-- Purpose: changes a key. Its event carries all of what it now is.
--
-- KEYS  1 key  2 events
-- ARGV  1 clock offset millis  2 account id  3 key id  4... fields, each followed by its new value; a
--       value of '' removes the field; a field `budget:<name>` is the one line of that budget
-- Returns '1', or '0' for an unknown key

if redis.call('EXISTS', KEYS[1]) == 0 then
  return '0'
end

local function with_budget(name, line)
  local lines = {}
  for other in string.gmatch(redis.call('HGET', KEYS[1], 'budgets') or '', '[^\n]+') do
    if string.match(other, '^[^|]+') ~= name then
      lines[#lines + 1] = other
    end
  end
  if line ~= '' then
    lines[#lines + 1] = line
  end
  return table.concat(lines, '\n')
end

for i = 4, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  local budget = string.match(field, '^budget:(.+)')
  if budget then
    field, value = 'budgets', with_budget(budget, value)
  end
  if value == '' then
    redis.call('HDEL', KEYS[1], field)
  else
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
