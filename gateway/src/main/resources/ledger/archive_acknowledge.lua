-- Purpose: events have been archived.
--
-- KEYS  1 events  2 archive
-- ARGV  1 group  2... their places
-- Returns how many of them had not been acknowledged before

local AT_ONCE = 1000 -- Lua passes some 8,000 on at most

local count = 0
for first = 2, #ARGV, AT_ONCE do
  local last = math.min(first + AT_ONCE - 1, #ARGV)
  count = count + redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, first, last))
end
if count > 0 then
  redis.call('HINCRBY', KEYS[2], 'acknowledged', count)
end
return {tostring(count)}
