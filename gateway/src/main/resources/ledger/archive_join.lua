-- Purpose: makes the group that archives a shard's events, from the first one that is left, if there is none.
--
-- Redis may have been emptied, or an operator may have removed the group: what it counted went with it.
--
-- KEYS  1 events  2 archive
-- ARGV  1 group
-- Returns '1' when it has been made, '0' when it was there

local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if made.err then
  if string.find(made.err, 'BUSYGROUP', 1, true) then
    return {'0'}
  end
  return made
end
redis.call('DEL', KEYS[2])
return {'1'}
