-- Purpose: notes an object that a provider keeps for an account, under the id that the provider gave it.
-- Where the object is paid for once it is done, the hold of its request stays open until then.
--
-- Steps:
--   1. forgotten before: it stays so
--   2. write down what is known of it, unless that stands already; give it a place of its own in the line
--      of its kind. What is longer in the line than objects are kept leaves it, and so does the oldest
--      of too many, where the kind is bounded so
--   3. what pays for it is a hold: the hold names it. A hold that was reaped has left its tombstone to it
--   4. paid for later: the hold lives for the lease. From now on it is no concurrent request and counts as
--      a request; of token budgets over an hour or less it has used what was quoted. What else it holds stays
--      until it is paid for, it is in the line of what is looked at, but for runs, which have no provider
--   5. write the event, but for an object that is paid for at once: its settlement has its name
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds  7 events
--       8 object  9 objects of its kind
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 id of the object  6 kind
--       7 '' when nothing pays for it, 'now' when its request does, or else the lease in millis
--       8 millis for which it is kept  9 the most of its kind, '' for any number; what is older is
--       forgotten  10 provider  11 purpose, '' for none  12 facts, each a line
-- Returns {'kept'}, {'forgotten'} or {'unknown_account'}

local SHORT_MILLIS = 3600000
local EVICTIONS_MAX = 2

local id, kind, pays, kept_millis, count_max = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
local provider, purpose, facts = ARGV[10], ARGV[11], ARGV[12]
local known = redis.call('HMGET', KEYS[8], 'kind', 'forgotten', 'deferred')
local is_later = pays ~= '' and pays ~= 'now'

if known[2] then
  return {'forgotten'}
end
if not account.status then
  return {'unknown_account'}
end

-- What the key of every object of the account begins with.
local prefix = string.sub(KEYS[8], 1, #KEYS[8] - #id)

-- The first places of the line leave it, and with them what is known of them.
local function forget_first(count)
  for _, member in ipairs(redis.call('ZRANGE', KEYS[9], 0, count - 1)) do
    local listed = redis.call('HGET', prefix .. member, 'purpose')
    if listed then
      redis.call('ZREM', KEYS[9] .. ':' .. listed, member)
    end
    redis.call('ZREM', KEYS[9], member)
    redis.call('DEL', prefix .. member)
  end
end

local function note()
  local newest = redis.call('ZREVRANGE', KEYS[9], 0, 0, 'WITHSCORES')
  local place = text_of(math.max(at, number_of(newest[2]) + 1))
  redis.call('HSET', KEYS[8], 'kind', kind, 'provider', provider, 'key', key_id, 'request', request_id,
    'created_at', place)
  redis.call('PEXPIRE', KEYS[8], kept_millis)
  redis.call('ZADD', KEYS[9], place, id)
  redis.call('ZREMRANGEBYSCORE', KEYS[9], '-inf', text_of(at - kept_millis))
  redis.call('PEXPIRE', KEYS[9], kept_millis)
  if purpose ~= '' then
    local line = KEYS[9] .. ':' .. purpose
    redis.call('HSET', KEYS[8], 'purpose', purpose)
    redis.call('ZADD', line, place, id)
    redis.call('ZREMRANGEBYSCORE', line, '-inf', text_of(at - kept_millis))
    redis.call('PEXPIRE', line, kept_millis)
  end
  local excess = count_max and redis.call('ZCARD', KEYS[9]) - count_max or 0
  if excess > 0 then
    forget_first(math.min(excess, EVICTIONS_MAX))
  end
end

-- Whether a budget looks at the pace of requests, and not at what they come to.
local function is_of_pace(budget)
  return budget.unit == 'concurrent'
    or (budget.unit == 'tokens' and type(budget.span) == 'number' and budget.span <= SHORT_MILLIS)
end

-- Ends what an open hold has of budgets of pace; returns the budgets that it still touches.
local function end_pace()
  local requests = hold.counted == '1' and 0 or 1
  local held = {usd = 0, tokens = tonumber(hold.tokens), requests = requests, concurrent = 1}
  local used = {usd = 0, tokens = held.tokens, requests = requests, concurrent = 0}
  local touched, left = touched_budgets(hold.budgets), {}
  for owner, budgets in pairs(touched) do
    local ended = {}
    for _, budget in ipairs(budgets) do
      if is_of_pace(budget) or budget.unit == 'requests' then
        ended[#ended + 1] = budget
      end
      if not is_of_pace(budget) then
        left[#left + 1] = owner .. ':' .. budget.id
      end
    end
    touched[owner] = ended
  end
  charge_budgets(KEYS[4], redis.call('HGET', KEYS[2], 'budgets'), touched.key, at, held, used)
  charge_budgets(KEYS[3], account.budgets, touched.account, at, held, used)
  return table.concat(left, ' ')
end

if not known[1] then
  note()
end
-- What a run is about is said once, whoever says it again.
if facts ~= '' and (kind == 'run' and not known[1] or kind ~= 'run' and (pays == '' or hold.state ~= 'settled')) then
  redis.call('HSET', KEYS[8], 'facts', facts)
end

if pays ~= '' and hold.state == 'open' then
  redis.call('HSET', KEYS[5], 'object', KEYS[8])
  if is_later and not known[3] then
    local deadline = text_of(at + tonumber(pays))
    redis.call('HSET', KEYS[5], 'budgets', end_pace(), 'counted', '1', 'deadline', deadline)
    redis.call('ZADD', KEYS[6], deadline, request_id)
  end
elseif pays ~= '' and hold.state == 'reaped' then
  leave_to_object('reaped', hold.charged, hold.adjusted, hold.balance, 'budgets', hold.budgets or '',
    'counted', hold.counted or '0', 'used_tokens', hold.used_tokens or '0',
    'used_cost', hold.used_cost or hold.charged)
end
if is_later then
  redis.call('HSET', KEYS[8], 'deferred', '1')
  if kind ~= 'run' and not known[3] and hold.state ~= 'settled' then
    local shard, member = string.match(KEYS[8], '^(.-):object:(.*)$')
    redis.call('ZADD', shard .. ':owed', text_of(at), member)
  end
end

if (not known[1] or (is_later and not known[3])) and pays ~= 'now' then
  redis.call('XADD', KEYS[7], '*',
    'id', account_id .. ':' .. id .. ':object', 'act', 'object', 'kind', kind, 'account', account_id,
    'key', key_id, 'request', request_id, 'at', text_of(at), 'object', id, 'provider', provider,
    'purpose', purpose, 'facts', facts, 'deferred', is_later and '1' or '0')
end
return {'kept'}
