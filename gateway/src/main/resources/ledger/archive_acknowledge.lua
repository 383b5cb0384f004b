-- Purpose: events have been archived.
--
-- KEYS  1 events  2 archive
-- ARGV  1 group  2... their places
-- Returns how many of them had not been acknowledged before

local count = redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
if count > 0 then
  redis.call('HINCRBY', KEYS[2], 'acknowledged', count)
end
return {tostring(count)}
