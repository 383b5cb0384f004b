-- Purpose: notes that a provider does not know an object, or knows it again. After so many times in a row
-- it is not looked for any more.
--
-- KEYS  1 object  2 the line of what is owed  3 the hold that would pay for it
-- ARGV  1 its member in the line  2 '1' when it is not known, '0' when it is again
--       3 how many times in a row are enough
-- Returns {'known'}, {'missed'}, or {'vanished', the state of its hold, '' for none} once

if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], 'missed')
  return {'known'}
end
if redis.call('EXISTS', KEYS[1]) == 1 then
  if redis.call('HINCRBY', KEYS[1], 'missed', 1) < tonumber(ARGV[3]) then
    return {'missed'}
  end
end
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then
  return {'missed'}
end
return {'vanished', redis.call('HGET', KEYS[3], 'state') or ''}
