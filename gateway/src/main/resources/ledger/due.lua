-- Purpose: finds the open holds whose lease has run out, the oldest first.
--
-- KEYS  1 open holds
-- ARGV  1 clock offset millis  2 how many at most
-- Returns the ids of their requests

return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text_of(now(ARGV[1])), 'LIMIT', 0, ARGV[2])
