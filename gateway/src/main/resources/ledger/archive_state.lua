-- Purpose: how far the events of a shard are archived. Removes from the stream those that are, and are old
-- enough.
--
-- Removed is only what lies before the first event that has not been delivered and acknowledged, by whole
-- nodes of the stream, and at most some 10,000 events at a time.
--
-- KEYS  1 events  2 archive
-- ARGV  1 group  2 for how many milliseconds archived events are kept; -1 to remove nothing
--       3 how many archived events are kept at most  4 how long the stream is when none is kept any more
-- Returns {} without the group; else how many events there are, the place of the last one, that of the last
--         one that has been delivered, how many of the delivered ones wait to be acknowledged, the place of
--         the first of those or '', how many are not archived, the place of the first of those or '', the
--         time in millis, how many have been removed now

if redis.call('EXISTS', KEYS[1]) == 0 then
  return {}
end
local group
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local fields = {}
  for i = 1, #flat, 2 do
    fields[flat[i]] = flat[i + 1]
  end
  if fields['name'] == ARGV[1] then
    group = fields
  end
end
if not group then
  return {}
end

local delivered = group['last-delivered-id']
local pending = group['pending']
local first_pending = pending > 0 and redis.call('XPENDING', KEYS[1], ARGV[1])[2] or ''
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local length = redis.call('XLEN', KEYS[1])
local counts = redis.call('HMGET', KEYS[2], 'acknowledged', 'removed')
local archived = (counts[1] or 0) - (counts[2] or 0)

local removed = 0
local kept = tonumber(ARGV[2])
if kept >= 0 then
  local floor = pending > 0 and first_pending or delivered
  local oldest = math.max(0, now - kept)
  local is_roomy = length < tonumber(ARGV[4])
  if is_roomy and tonumber(string.match(floor, '^%d+')) > oldest then
    floor = string.format('%.0f-0', oldest)
  end
  removed = redis.call('XTRIM', KEYS[1], 'MINID', '~', floor)
  -- While none is pending, the archived ones are the first of the stream: the oldest of too many leave it.
  local excess = archived - removed - tonumber(ARGV[3])
  if excess > 0 and pending == 0 then
    removed = removed + redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', string.format('%.0f', length - removed - excess))
  end
  if removed > 0 then
    redis.call('HINCRBY', KEYS[2], 'removed', removed)
    length = length - removed
    archived = archived - removed
  end
end

local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local last = newest and newest[1] or delivered
local first = first_pending
if first == '' and last ~= delivered then
  local next = redis.call('XRANGE', KEYS[1], '(' .. delivered, '+', 'COUNT', 1)[1]
  first = next and next[1] or ''
end
return {
  tostring(length), last, delivered, tostring(pending), first_pending,
  string.format('%.0f', math.max(0, length - archived)), first, string.format('%.0f', now), tostring(removed)
}
