-- Purpose: ends a hold that its gateway has abandoned, once, whoever asks and however many do.
--
-- Steps:
--   1. ended, another's, or renewed since it was seen: leave it
--   2. give the hold back; charge what its last checkpoint says, within the hold; without one nothing
--      had been delivered, and nothing is charged
--   3. leave a tombstone that lets a settlement that still comes take this back
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds  7 events
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 tombstone millis
-- Returns {'reaped', charged} or {'left'}

if hold.state ~= 'open' then
  redis.call('ZREM', KEYS[6], request_id)
  return {'left'}
end
local found = redis.call('HMGET', KEYS[5], 'account', 'key', 'deadline', 'model', 'checkpoint', 'started_at')
if found[1] ~= account_id or found[2] ~= key_id then
  return {'left'}
end
if tonumber(found[3]) > at then
  redis.call('ZADD', KEYS[6], found[3], request_id)
  return {'left'}
end

local checkpoint = account.status and found[5] and cjson.decode(found[5])
if not checkpoint then
  end_hold(nil)
  local released = ''
  if account.status then
    released = book('release', 'release', 'release', 0, 'model', found[4] or '', 'held', hold.amount,
      'reason', 'abandoned', 'started_at', found[6] or '0')
  end
  bury(ARGV[5], 'reaped', '0', '0', released, 'budgets', hold.budgets, 'counted', hold.counted or '0')
  return {'reaped', '0'}
end
local cost = math.min(tonumber(checkpoint[1]), tonumber(hold.amount))
local cost_text, tokens_text = text_of(cost), checkpoint[3]
end_hold(used_of(cost, tonumber(tokens_text)))
local charged_text = is_covered and '0' or cost_text
local entry = book('reap', checkpoint[4], 'reap', -tonumber(charged_text), 'model', found[4], 'cost', charged_text,
  'covered', is_covered and cost_text or '0', 'held', is_covered and '0' or hold.amount,
  'list', checkpoint[2], 'hold_unknown', '0', 'reason', 'abandoned', unpack(checkpoint, 5))
bury(ARGV[5], 'reaped', charged_text, '0', entry, 'budgets', hold.budgets, 'counted', '1',
  'used_tokens', tokens_text, 'used_cost', cost_text)
return {'reaped', charged_text}
