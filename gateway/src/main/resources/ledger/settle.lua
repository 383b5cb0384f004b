-- Purpose: charges the true cost of a request and gives back the rest of its hold, once.
--
-- Steps:
--   1. settled or released before: the first answer again. What pays for an object, and was released
--      because nobody was left to see it done, is charged after all; not what was released for good
--   2. reaped before: take back what the reaper charged, with an `adjustment`, and charge as if there had
--      been no reaper. Budgets count what is above; what is below stays counted there, for their
--      windows may have moved on
--   3. give the hold back, to the account and to every budget that it touched; count what was used
--      there, as of now. Without a hold, count it in the budgets that apply now
--   4. charge the part of the cost within the hold, and with an entry of its own, `adjustment`,
--      what is beyond it. The balance may go below zero
--   5. leave a tombstone with the answer, and with the place of the event; where it pays for an object,
--      that keeps the answer for good
--
-- After parts, the cost is that of the last one, and the hold what is left of it.
--
-- A hold that Redis has forgotten is settled all the same, in full, as if it had been of the amount
-- that the gateway remembers: a settlement that is replayed so makes the very same entries.
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds  7 events
--       8 the object that it pays for, if there is one
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 kind of the entry  6 cost
--       7 list cost  8 what the hold was, should it be forgotten  9 tombstone millis  10 model
--       11 tokens used  12... further fields of the event, each with its value
-- Returns {'settled', charged, adjusted, balance, '1' when it is the first answer again, else '0'}
--      or {'unknown_account'}

local kind, cost, list_text, model, tokens = ARGV[5], tonumber(ARGV[6]), ARGV[7], ARGV[10], tonumber(ARGV[11])

if hold.state == 'settled' then
  return replay()
end
if hold.state == 'released' and (not object or redis.call('HGET', object, 'state') == 'released') then
  return replay()
end
if not account.status then
  return {'unknown_account'}
end

local is_held = hold.state == 'open'
if is_held then
  end_hold(used_of(cost, tokens))
elseif hold.state == 'reaped' then
  local reaped_tokens = number_of(hold.used_tokens)
  charge_touched(nil, used_of(
    math.max(0, cost - tonumber(hold.used_cost or hold.charged)), math.max(0, tokens - reaped_tokens)))
  reverse_reaped()
else
  charge_unheld(model, used_of(cost, tokens))
end
local adjusted_text, entry, charged_text = charge('', kind, model, cost, tonumber(is_held and hold.amount or ARGV[8]),
  'list', list_text, 'hold_unknown', (is_held or hold.state == 'reaped') and '0' or '1', unpack(ARGV, 12))
if is_run() then
  return bury(ARGV[9], 'settled', charged_text, adjusted_text, entry, 'settled_tokens', ARGV[11])
end
return bury(ARGV[9], 'settled', charged_text, adjusted_text, entry)
