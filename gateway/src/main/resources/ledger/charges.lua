-- Purpose: what ends a hold or takes a part of it, and charges for it. Put before the scripts that do.
--
-- They share KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold
--                  6 open holds  7 events
--        and ARGV  1 clock offset millis  2 account id  3 key id  4 request id
--
-- An open hold has `amount` and `tokens`: what is left of it. Where parts of it have been settled it
-- also has `first_amount`, `counted` (budgets of requests have counted it), for each part
-- `part:<number>` with `charged adjusted balance`, and what they come to (`part.lua`). Once it has
-- ended it is a tombstone: `state`, `charged`, `adjusted`, `balance`, `entry`, and what its parts were.
-- `entry` is the place in the stream of the event that says most of the request.
--
-- A hold with `paid_by` plan is one that a subscription pays for: it counts in budgets like any other, holds
-- nothing of the balance, and is charged nothing. Its event says what it would have cost in `covered`.
--
-- A hold may pay for an object that a provider keeps: it names its key in `object`, or KEYS[8] is that. The
-- object is left a copy of the tombstone, and is asked for it when the other is gone: what pays for an
-- object is known as long as the object is. One of the kind `run` is nobody's but ours: it keeps what it
-- was about, its parts, and that it was given back, which is then for good.
--
-- What is still to be paid for is in the line of those that are looked at; see `watch.lua`.

local account_id, key_id, request_id = ARGV[2], ARGV[3], ARGV[4]
local at = now(ARGV[1])

local account = {}
account.status, account.balance, account.budgets, account.plan_funding =
  unpack(redis.call('HMGET', KEYS[1], 'status', 'balance', 'budgets', 'plan_funding'))

local hold = {}
hold.state, hold.amount, hold.tokens, hold.budgets, hold.charged, hold.adjusted, hold.balance, hold.counted,
  hold.used_tokens, hold.object, hold.paid_by, hold.used_cost =
  unpack(redis.call(
    'HMGET', KEYS[5], 'state', 'amount', 'tokens', 'budgets', 'charged', 'adjusted', 'balance', 'counted',
    'used_tokens', 'object', 'paid_by', 'used_cost'))

local object = KEYS[8] or hold.object
if object and not hold.state then
  hold.state, hold.budgets, hold.charged, hold.adjusted, hold.balance, hold.counted, hold.used_tokens,
    hold.paid_by, hold.used_cost =
    unpack(redis.call(
      'HMGET', object, 'state', 'budgets', 'charged', 'adjusted', 'balance', 'counted', 'used_tokens',
      'paid_by', 'used_cost'))
end

-- Whether a subscription pays. Of a hold that is forgotten only the account can say it, and what it was for:
-- settlements have their kind there.
local is_training = ARGV[5] == 'debit_run' or ARGV[5] == 'debit_autotune'
local is_covered = hold.paid_by == 'plan'
  or (not hold.state and account.plan_funding == 'subscription' and not is_training)

-- The first answer again.
local function replay()
  return {'settled', hold.charged, hold.adjusted, hold.balance, '1'}
end

-- What a charge counts as in budgets. A request counts once, with its first charge.
local function used_of(usd, tokens)
  local is_counted = hold.counted == '1' or hold.state == 'settled'
  return {usd = usd, tokens = tokens, requests = is_counted and 0 or 1, concurrent = 0}
end

-- Gives back what was held, and counts what was used, in the budgets that the hold touched; nil for
-- nothing of either.
local function charge_touched(held, used)
  local touched = touched_budgets(hold.budgets)
  charge_budgets(KEYS[4], redis.call('HGET', KEYS[2], 'budgets'), touched.key, at, held, used)
  charge_budgets(KEYS[3], account.budgets, touched.account, at, held, used)
end

-- Counts what was used without a hold, in the budgets that apply now.
local function charge_unheld(model, used)
  local definitions = redis.call('HGET', KEYS[2], 'budgets')
  charge_budgets(KEYS[4], definitions, budgets_for(definitions, model), at, nil, used)
  charge_budgets(KEYS[3], account.budgets, budgets_for(account.budgets, model), at, nil, used)
end

-- Gives an open hold back, or what is left of it, and counts what was used of it, nil for nothing.
local function end_hold(used)
  charge_touched({
    usd = tonumber(hold.amount), tokens = tonumber(hold.tokens),
    requests = hold.counted == '1' and 0 or 1, concurrent = 1}, used)
  if account.status then
    if hold.amount ~= '0' and not is_covered then
      redis.call('HINCRBY', KEYS[1], 'held', '-' .. hold.amount)
    end
    redis.call('HINCRBY', KEYS[1], 'opens', -1)
  end
  redis.call('ZREM', KEYS[6], request_id)
end

-- Books an amount, with its event. The balance may lie where doubles are not exact: it is read back
-- as text. Returns the event's place in the stream.
local function book(act, kind, name, amount, ...)
  local amount_text = text_of(amount)
  if amount ~= 0 then
    redis.call('HINCRBY', KEYS[1], 'balance', amount_text)
    account.balance = redis.call('HGET', KEYS[1], 'balance')
  end
  return redis.call('XADD', KEYS[7], '*',
    'id', request_id .. ':' .. name, 'act', act, 'kind', kind, 'account', account_id, 'key', key_id,
    'request', request_id, 'at', text_of(at), 'amount', amount_text, 'balance_after', account.balance, ...)
end

-- Charges a cost: the part of it within what was held, and with an entry of its own, `adjustment`,
-- what is beyond. The balance may go below zero. `part` is '' or `:<number>`. Returns the part beyond,
-- as text, the place of the first event, and what was charged, as text: nothing where a subscription pays.
local function charge(part, kind, model, cost, held, ...)
  if is_covered then
    local entry = book('settle', kind, 'settle' .. part, 0, 'model', model,
      'cost', '0', 'covered', text_of(cost), 'held', '0', ...)
    return '0', entry, '0'
  end
  local adjusted = math.max(0, cost - held)
  local entry = book('settle', kind, 'settle' .. part, adjusted - cost, 'model', model,
    'cost', text_of(cost), 'held', text_of(held), ...)
  if adjusted > 0 then
    book('adjustment', 'adjustment', 'adjustment' .. part, -adjusted, 'model', model)
  end
  return text_of(adjusted), entry, text_of(cost)
end

-- Takes back what a reaper charged: better is known now. Each with an entry of its own, so that those of
-- the request are the ones that it would have had without a reaper, if need be for the second time.
local function reverse_reaped()
  if hold.charged ~= '0' then
    book('adjustment', 'adjustment', 'reap_reversal', tonumber(hold.charged), 'reason', 'settled_late')
  end
end

-- Whether what the hold pays for is a run.
local function is_run()
  return object and redis.call('HGET', object, 'kind') == 'run'
end

-- Takes the object out of the line of those that are looked at.
local function unwatch()
  local shard, member = string.match(object, '^(.-):object:(.*)$')
  redis.call('ZREM', shard .. ':owed', member)
end

-- Leaves the object a copy of a tombstone. Once it is paid for, nobody asks for its price any more.
local function leave_to_object(state, charged_text, adjusted_text, balance, ...)
  redis.call('HSET', object, 'state', state, 'charged', charged_text, 'adjusted', adjusted_text,
    'balance', balance, ...)
  if is_covered then
    redis.call('HSET', object, 'paid_by', 'plan')
  end
  if state == 'settled' then
    unwatch()
    redis.call('HDEL', object, 'budgets', 'counted', 'used_tokens', 'used_cost')
    if not is_run() then
      redis.call('HDEL', object, 'facts')
    end
  end
end

-- Leaves a tombstone with the answer that every repetition gets. Parts stay. `entry` is '' for none.
local function bury(tombstone_millis, state, charged_text, adjusted_text, entry, ...)
  if hold.counted then
    redis.call('HDEL', KEYS[5], 'amount', 'tokens', 'multiplier_ppm', 'budgets', 'model', 'started_at',
      'deadline', 'checkpoint', 'first_amount', 'used_tokens', 'used_cost')
  else
    redis.call('DEL', KEYS[5])
  end
  local balance = account.balance or '0'
  redis.call('HSET', KEYS[5],
    'state', state, 'account', account_id, 'key', key_id,
    'charged', charged_text, 'adjusted', adjusted_text, 'balance', balance, 'entry', entry, ...)
  if is_covered then
    redis.call('HSET', KEYS[5], 'paid_by', 'plan')
  end
  redis.call('PEXPIRE', KEYS[5], tombstone_millis)
  if object and (state ~= 'released' or KEYS[8]) then
    leave_to_object(state, charged_text, adjusted_text, balance, ...)
    if redis.call('PTTL', object) < 0 then
      redis.call('PEXPIRE', object, tombstone_millis)
    end
  end
  return {'settled', charged_text, adjusted_text, balance, '0'}
end
