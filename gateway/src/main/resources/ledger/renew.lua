-- Purpose: prolongs the lease of an open hold, and notes what its request would be charged should
-- nothing more be heard of it.
--
-- KEYS  1 hold  2 open holds
-- ARGV  1 clock offset millis  2 request id  3 lease millis, then, once something has been delivered:
--       4 cost, beyond what parts have charged  5 list cost  6 tokens used  7 kind of the entry
--       8... further fields of its event, each with its value
-- Returns {'renewed', deadline} or {'ended'}

if redis.call('HGET', KEYS[1], 'state') ~= 'open' then
  return {'ended'}
end
local deadline = text_of(now(ARGV[1]) + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'deadline', deadline)
if ARGV[4] then
  redis.call('HSET', KEYS[1], 'checkpoint', cjson.encode({unpack(ARGV, 4)}))
end
redis.call('ZADD', KEYS[2], deadline, ARGV[2])
return {'renewed', deadline}
