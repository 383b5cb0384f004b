-- Purpose: charges a part of what a request costs out of its hold, which stays open; once per number.
--
-- Steps:
--   1. charged before: the first answer again, whatever has become of the hold since
--   2. take the cost out of the hold, as far as it reaches; count what was used, as of now. Without
--      an open hold, count it in the budgets that apply now. The request counts once
--   3. charge what was taken, and with an entry of its own, `adjustment`, what is beyond the hold
--   4. note the answer, and what all parts so far come to; of a run with the run too, which lives
--      longer. The checkpoint is dropped: it may have covered what is charged now
--
-- What they come to is `parts` (how many), `parts_charged`, `parts_list`, `parts_usage`, counts as in
-- events, and `parts_estimated`, the latest reason. Until the request ends, `entry` is the latest
-- part's.
--
-- A part whose hold is forgotten, or has ended, is charged in full all the same, as if as much had been
-- left of the hold as the gateway remembers. Parts and the end so may come in any order.
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds  7 events
--       8 the object that it pays for, if there is one
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 kind of the entry  6 cost
--       7 list cost  8 what was left of the hold, should it be forgotten  9 tombstone millis  10 model
--       11 tokens used  12 number of the part  13... further fields of the event, each with its value
-- Returns {'settled', charged, adjusted, balance, '1' when it is the first answer again, else '0'}
--      or {'unknown_account'}

local kind, cost, model, tokens, number = ARGV[5], tonumber(ARGV[6]), ARGV[10], tonumber(ARGV[11]), ARGV[12]

local first = redis.call('HGET', KEYS[5], 'part:' .. number)
  or (is_run() and redis.call('HGET', object, 'part:' .. number))
if first then
  local charged, adjusted, balance = string.match(first, '^(%S+) (%S+) (%S+)')
  return {'settled', charged, adjusted, balance, '1'}
end
if not account.status then
  return {'unknown_account'}
end

local is_held = hold.state == 'open'
local held = tonumber(is_held and hold.amount or ARGV[8])
local used = used_of(cost, tokens)
if is_held then
  local taken, taken_tokens = math.min(cost, held), math.min(tokens, tonumber(hold.tokens))
  charge_touched({usd = taken, tokens = taken_tokens, requests = used.requests, concurrent = 0}, used)
  if taken > 0 and not is_covered then
    redis.call('HINCRBY', KEYS[1], 'held', text_of(-taken))
  end
  if not hold.counted then
    redis.call('HSET', KEYS[5], 'first_amount', hold.amount)
  end
  redis.call('HDEL', KEYS[5], 'checkpoint')
  redis.call('HSET', KEYS[5], 'amount', text_of(held - taken),
    'tokens', text_of(tonumber(hold.tokens) - taken_tokens))
else
  charge_unheld(model, used)
end
local adjusted_text, entry, charged_text = charge(':' .. number, kind, model, cost, held, 'part', number, 'list', ARGV[7],
  'hold_unknown', is_held and '0' or '1', unpack(ARGV, 13))

-- What an argument says that follows its field, '' where there is none.
local function argument(field)
  for i = 13, #ARGV, 2 do
    if ARGV[i] == field then
      return ARGV[i + 1]
    end
  end
  return ''
end

-- Two numbers as texts, added; never more than can be counted.
local function added(one, other)
  return text_of(math.min(MAX, number_of(one) + number_of(other)))
end

-- Counts, `input=1000 output=500`, added up by their names.
local function added_counts(some, more)
  local sums, names = {}, {}
  for name, count in string.gmatch(some .. ' ' .. more, '([%w_]+)=(%d+)') do
    if not sums[name] then
      names[#names + 1] = name
    end
    sums[name] = added(sums[name], count)
  end
  for i, name in ipairs(names) do
    names[i] = name .. '=' .. sums[name]
  end
  return table.concat(names, ' ')
end

local before = redis.call(
  'HMGET', KEYS[5], 'parts', 'parts_charged', 'parts_list', 'parts_usage', 'parts_estimated')
local estimated = argument('estimated')
redis.call('HSET', KEYS[5], 'counted', '1',
  'part:' .. number, charged_text .. ' ' .. adjusted_text .. ' ' .. account.balance,
  'parts', added(before[1], '1'),
  'parts_charged', added(before[2], charged_text),
  'parts_list', added(before[3], ARGV[7]),
  'parts_usage', added_counts(before[4] or '', argument('usage')),
  'parts_estimated', estimated ~= '' and estimated or before[5] or '')
if is_run() then
  local sums = redis.call('HMGET', object, 'parts', 'parts_charged')
  redis.call('HSET', object,
    'part:' .. number, charged_text .. ' ' .. adjusted_text .. ' ' .. account.balance .. ' ' .. ARGV[11],
    'parts', added(sums[1], '1'), 'parts_charged', added(sums[2], charged_text))
end
if not hold.state then
  redis.call('HSET', KEYS[5], 'state', 'unheld', 'account', account_id, 'key', key_id)
  if is_covered then
    redis.call('HSET', KEYS[5], 'paid_by', 'plan')
  end
end
if is_held or not hold.state or hold.state == 'unheld' then
  redis.call('HSET', KEYS[5], 'entry', entry)
end
if not is_held then
  redis.call('PEXPIRE', KEYS[5], ARGV[9])
end
return {'settled', charged_text, adjusted_text, account.balance, '0'}
