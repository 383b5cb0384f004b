-- Purpose: gives a hold back, or what is left of it, charging nothing, once. With the object that the
-- hold would have paid for, it does so for good: nothing is charged for that any more.
--
-- Steps:
--   1. settled or released before: the first answer again
--   2. give the hold back, to the account and to every budget that it touched. Reaped before: take
--      back what the reaper charged; the budgets keep it, for their windows may have moved on
--   3. leave a tombstone, even where nothing was held: a hold that arrives later, because its call
--      had been given up, is then refused instead of leaked
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds  7 events
--       8 the object, where it is for good
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 reason  6 tombstone millis
--       7 id of the object, '' where it is not for good
-- Returns {'settled', '0', '0', balance, '1' when it is the first answer again, else '0'}
--      or {'unknown_account'}

if hold.state == 'settled' or hold.state == 'released' then
  return replay()
end
local known = redis.call('HMGET', KEYS[5], 'model', 'started_at', 'entry')
local entry = known[3] or ''
if hold.state == 'open' then
  end_hold(nil)
  if account.status then
    entry = book('release', 'release', 'release', 0, 'model', known[1] or '', 'held', hold.amount,
      'reason', ARGV[5], 'started_at', known[2] or '0')
  end
elseif hold.state == 'reaped' and account.status then
  reverse_reaped()
end
if KEYS[8] and account.status then
  -- What an archive tells when Redis has lost all: nothing is to be paid any more.
  redis.call('XADD', KEYS[7], '*',
    'id', account_id .. ':' .. ARGV[7] .. ':released', 'act', 'object', 'kind', 'run', 'account', account_id,
    'at', text_of(at), 'object', ARGV[7], 'released', '1')
end
local answer = bury(ARGV[6], 'released', '0', '0', entry)
return account.status and answer or {'unknown_account'}
