-- Purpose: all that is known of a run, and of one of its parts. Changes nothing.
--
-- KEYS  1 the run, an object  2 its hold
-- ARGV  1 the number of a part, '0' for none
-- Returns {} when it is not known; else the run's fields, each followed by its value, with that part as
--         `part`, and those of its hold as `hold_state`, `hold_amount`, `hold_deadline`

local known = redis.call('HMGET', KEYS[1], 'kind', 'key', 'request', 'created_at', 'facts', 'state', 'charged',
  'adjusted', 'balance', 'settled_tokens', 'parts', 'parts_charged', 'part:' .. ARGV[1], 'forgotten')
if known[1] ~= 'run' or known[14] then
  return {}
end
local hold = redis.call('HMGET', KEYS[2], 'state', 'amount', 'deadline')
local names = {'kind', 'key', 'request', 'created_at', 'facts', 'state', 'charged', 'adjusted', 'balance',
  'settled_tokens', 'parts', 'parts_charged', 'part'}
local answer = {}
for i, name in ipairs(names) do
  if known[i] then
    answer[#answer + 1] = name
    answer[#answer + 1] = known[i]
  end
end
for i, name in ipairs({'hold_state', 'hold_amount', 'hold_deadline'}) do
  if hold[i] then
    answer[#answer + 1] = name
    answer[#answer + 1] = hold[i]
  end
end
return answer
