-- Purpose: what an account says of its own money at one moment, and how far the events of its shard
-- go at that moment. Changes nothing.
--
-- KEYS  1 account  2 accounts  3 events
-- ARGV  1 account id
-- Returns {} for an unknown account, else {place of the newest event, or the last one before now without any, '1' when the account is among the
--         accounts else '0', balance, held, opens, lifetime_topup, lifetime_credit}; '' for a field
--         that is not there

local account = redis.call(
  'HMGET', KEYS[1], 'created_at', 'balance', 'held', 'opens', 'lifetime_topup', 'lifetime_credit')
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {}
end
local newest = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
local time = redis.call('TIME')
local before = string.format('%.0f-1048575', time[1] * 1000 + math.floor(time[2] / 1000) - 1)
local member = string.format('%014.0f:%s', tonumber(account[1] or '') or 0, ARGV[1])
local answer = {
  newest and newest[1] or before, redis.call('ZSCORE', KEYS[2], member) and '1' or '0'}
for i = 2, 6 do
  answer[i + 1] = account[i] or ''
end
return answer
