-- Purpose: what is known of one request of an account: fields of its hold or tombstone, and the event
-- that says most of it. Changes nothing.
--
-- Of an open hold with a checkpoint, that stands for the event, with `act` checkpoint.
--
-- KEYS  1 hold  2 events
-- ARGV  1 account id  2... the fields of the hold that are wanted
-- Returns {} when the account has no such request; else a value for each of these fields ('' for one
--         that is not there), then the event's fields, each followed by its value. They are missing
--         once the event has left the stream

local hold = redis.call('HMGET', KEYS[1], 'account', 'state', 'entry', 'checkpoint', unpack(ARGV, 2))
if hold[1] ~= ARGV[1] then
  return {}
end
local answer = {}
for i = 2, #ARGV do
  answer[#answer + 1] = hold[i + 3] or ''
end

local event = {}
if hold[2] == 'open' and hold[4] then
  event = {'act', 'checkpoint', unpack(cjson.decode(hold[4]), 5)}
elseif hold[3] and hold[3] ~= '' then
  local found = redis.call('XRANGE', KEYS[2], hold[3], hold[3])[1]
  event = found and found[2] or {}
end
for _, text in ipairs(event) do
  answer[#answer + 1] = text
end
return answer
