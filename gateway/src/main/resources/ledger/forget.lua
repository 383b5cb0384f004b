-- Purpose: forgets an object that its provider has deleted. A late word of it does not bring it back.
--
-- Its place stays known for as long as a tombstone, so that whoever reads the list page by page, and
-- deletes as he goes, finds the next page.
--
-- KEYS  1 object  2 objects of its kind  3 events
-- ARGV  1 clock offset millis  2 account id  3 id of the object  4 tombstone millis
-- Returns '1' when it was known, else '0'

local known = redis.call('HMGET', KEYS[1], 'kind', 'created_at', 'purpose', 'forgotten')
redis.call('HSET', KEYS[1], 'forgotten', '1')
redis.call('HDEL', KEYS[1], 'facts')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('ZREM', KEYS[2], ARGV[3])
local shard, member = string.match(KEYS[1], '^(.-):object:(.*)$')
redis.call('ZREM', shard .. ':owed', member)
if known[3] then
  redis.call('ZREM', KEYS[2] .. ':' .. known[3], ARGV[3])
end
if not known[1] or known[4] then
  return '0'
end
redis.call('XADD', KEYS[3], '*',
  'id', ARGV[2] .. ':' .. ARGV[3] .. ':forgotten', 'act', 'object', 'kind', 'forgotten', 'account', ARGV[2],
  'at', text_of(now(ARGV[1])), 'object', ARGV[3])
return '1'
