-- Purpose: sets aside the most that a request can cost, if every rule allows it. All or nothing.
--
-- Steps, which are the order of precedence too:
--   1. the same request again gets its first answer; one that has ended is refused
--   2. the key: known, active, not expired
--   3. the account: active
--   4. the model, if it asks for one: allowed to the key
--   5. every budget of the key and of the account, in one loop: used + held + asked against the limit.
--      The gravest refusal counts, whatever the order of the budgets; of equals, what frees last
--   6. the balance: balance - held + credit_limit covers what is asked; what costs nothing needs none,
--      nor does what a subscription pays for
--   7. write it down
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 quote, nano-USD at list price
--       6 quote, tokens  7 model  8 lease millis  9 terms: `list`, which is times the multiplier; `cents`,
--       the same rounded up to whole cents; `final`, which is the quote as it is
-- Returns {'held', minute limits, amount, multiplier_ppm, at}
--      or {'refused', minute limits, code, details of the code...}; of a budget the details are owner,
--         name, unit, period, limit, left, asked, at, when it frees ('' for unknown or never)
--      Minute limits are '' or `unit limit left millis` for requests and tokens, joined by ';'.

local NANO_PER_CENT = 10000000

local account_id, key_id, request_id, model = ARGV[2], ARGV[3], ARGV[4], ARGV[7]
local at = now(ARGV[1])

local first = redis.call('HMGET', KEYS[5], 'state', 'account', 'key', 'amount', 'multiplier_ppm', 'started_at',
  'first_amount')
if first[1] then
  if first[1] == 'open' and first[2] == account_id and first[3] == key_id then
    return {'held', '', first[7] or first[4], first[5], first[6]}
  end
  return {'refused', '', 'request_ended'}
end

local key = redis.call('HMGET', KEYS[2], 'status', 'account', 'expires_at', 'models', 'budgets')
if not key[1] or key[2] ~= account_id then
  return {'refused', '', 'invalid_api_key', 'unknown'}
end
if key[1] ~= 'active' then
  return {'refused', '', 'invalid_api_key', key[1]}
end
if key[3] and tonumber(key[3]) <= at then
  return {'refused', '', 'invalid_api_key', 'expired'}
end

local account =
  redis.call('HMGET', KEYS[1], 'status', 'balance', 'held', 'credit_limit', 'multiplier_ppm', 'budgets',
    'plan_funding', 'plan_multiplier_ppm')
if not account[1] then
  return {'refused', '', 'invalid_api_key', 'unknown'}
end
if account[1] ~= 'active' then
  return {'refused', '', 'account_suspended'}
end

if model ~= '' and not is_any_match(key[4], model) then
  return {'refused', '', 'model_not_allowed'}
end

-- An account's own multiplier comes before its plan's.
local multiplier_ppm = account[5]
if multiplier_ppm == '1000000' and account[8] then
  multiplier_ppm = account[8]
end
-- What is sold by the token is what a subscription pays for, and not what has a price of its own, as training.
local is_covered = account[7] == 'subscription' and ARGV[9] == 'list'

-- What is asked; more than MAX for what cannot be counted.
local function asked(quote, multiplier_ppm, terms)
  if terms == 'final' then
    return math.min(quote, MAX + 1)
  end
  local amount = multiplied(quote, multiplier_ppm)
  local beyond = math.fmod(amount, NANO_PER_CENT)
  return (terms == 'cents' and beyond > 0) and amount + (NANO_PER_CENT - beyond) or amount
end

local ask = asked(tonumber(ARGV[5]), tonumber(multiplier_ppm), ARGV[9])
local ask_tokens = math.min(tonumber(ARGV[6]), MAX + 1)
local asks = {usd = ask, tokens = ask_tokens, requests = 1, concurrent = 1}

-- How grave it is when a budget does not allow the request, the gravest first.
local function rank_of(owner, budget)
  if budget.unit == 'concurrent' then
    return 1, 'concurrency_exceeded'
  elseif budget.unit ~= 'usd' then
    return 2, 'rate_limit_exceeded'
  elseif budget.kind == 'lifetime' then
    return 4, 'quota_exhausted'
  elseif owner == 'account' and budget.name == 'daily_spending_limit' and budget.period == 'calendar:day' then
    return 5, 'daily_limit_reached'
  end
  return 3, 'budget_exceeded'
end

-- When enough will have left a rolling window for the request to fit, or all that is in it; nil when
-- nothing is in it.
local function rolling_frees_at(state, budget, excess)
  if not budget.since then
    return nil
  end
  local oldest = budget.since - budget.buckets
  local amounts = redis.call('HMGET', state, unpack(slots_of(budget, oldest, budget.since)))
  local left, frees_at = 0, nil
  for i, amount in ipairs(amounts) do
    if amount and left < excess then
      left = left + tonumber(amount)
      frees_at = (oldest + i) * budget.width + budget.span
    end
  end
  return frees_at
end

-- When to ask again. Open holds end by themselves, soon; a request beyond the limit itself never fits.
local function frees_at(state, budget, asked, excess)
  local time = nil
  if budget.kind == 'rolling' then
    time = rolling_frees_at(state, budget, excess)
  elseif budget.kind == 'first_use' then
    time = budget.since and budget.since + budget.span
  elseif budget.kind == 'calendar' then
    local _, next_from = calendar_bounds(budget.span, math.max(at, budget.since))
    time = next_from
  else
    return nil
  end
  return time or (asked <= budget.limit and at + 1000 or nil)
end

-- The gravest refusal so far.
local refusal, refusal_rank, refusal_frees_at = nil, 99, 0

local function refuse(owner, state, budget, asked, left)
  local rank, code = rank_of(owner, budget)
  if rank > refusal_rank then
    return
  end
  local time = frees_at(state, budget, asked, asked - left)
  if rank < refusal_rank or (time or math.huge) > refusal_frees_at then
    refusal_rank, refusal_frees_at = rank, time or math.huge
    refusal = {
      code, owner, budget.name, budget.unit, budget.period, budget.limit_text,
      text_of(math.max(left, 0)), text_of(asked), text_of(at), time and text_of(time) or ''}
  end
  return time
end

-- The minute budget of requests, and that of tokens, that leaves least.
local minute_limits = {}

local function note_minute_limit(budget, asked, left, frees)
  if budget.period == 'rolling:60000' and budget.unit ~= 'usd' then
    local noted = minute_limits[budget.unit]
    if not noted or left < noted.left then
      minute_limits[budget.unit] = {budget = budget, asked = asked, left = left, frees = frees}
    end
  end
end

-- What is left once the request is held, or now that it is not.
local function minute_limits_text(is_held)
  local texts = {}
  for _, unit in ipairs({'requests', 'tokens'}) do
    local noted = minute_limits[unit]
    if noted then
      local budget = noted.budget
      local left = math.max(is_held and noted.left - noted.asked or noted.left, 0)
      local millis = noted.frees and noted.frees - at or left < budget.limit and budget.span or 0
      texts[#texts + 1] =
        unit .. ' ' .. budget.limit_text .. ' ' .. text_of(left) .. ' ' .. text_of(millis)
    end
  end
  return table.concat(texts, ';')
end

local function check_budgets(owner, state, budgets)
  stand(state, budgets, at)
  for _, budget in ipairs(budgets) do
    local asked = share(budget.unit, asks)
    local left = budget.limit - budget.used - budget.held
    local frees = nil
    if budget.used + budget.held + asked > budget.limit then
      frees = refuse(owner, state, budget, asked, left)
    end
    note_minute_limit(budget, asked, left, frees)
  end
end

local key_budgets, account_budgets = budgets_for(key[5], model), budgets_for(account[6], model)
check_budgets('key', KEYS[4], key_budgets)
check_budgets('account', KEYS[3], account_budgets)
if refusal then
  return {'refused', minute_limits_text(false), unpack(refusal)}
end

-- credit_limit - held lies within MAX; ask minus that may not, and is then beyond every balance.
local held = tonumber(account[3])
if ask > 0 and not is_covered and (ask > MAX - held or tonumber(account[2]) < ask - (tonumber(account[4]) - held)) then
  return {'refused', minute_limits_text(false), 'insufficient_credits', text_of(ask), account[2], account[3], account[4]}
end

-- What the hold must give back later: `<owner>:<id>` for every budget that counts it.
local touched = {}

-- Each sum is within its budget's limit, and so exact.
local function hold_budgets(owner, state, budgets)
  local changes = {}
  for _, budget in ipairs(budgets) do
    touched[#touched + 1] = owner .. ':' .. budget.id
    changes[#changes + 1] = budget.id .. '.held'
    changes[#changes + 1] = text_of(budget.held + share(budget.unit, asks))
    if budget.kind == 'first_use' and not budget.since then
      changes[#changes + 1] = budget.id .. '.since'
      changes[#changes + 1] = text_of(at)
      changes[#changes + 1] = budget.id .. '.used'
      changes[#changes + 1] = '0'
    end
  end
  if #changes > 0 then
    redis.call('HSET', state, unpack(changes))
  end
end

hold_budgets('key', KEYS[4], key_budgets)
hold_budgets('account', KEYS[3], account_budgets)
local amount = text_of(ask)
if is_covered then
  redis.call('HSET', KEYS[5], 'paid_by', 'plan')
else
  redis.call('HINCRBY', KEYS[1], 'held', amount)
end
redis.call('HINCRBY', KEYS[1], 'opens', 1)
redis.call('HSET', KEYS[2], 'last_used_at', text_of(at))
local deadline = text_of(at + tonumber(ARGV[8]))
redis.call('HSET', KEYS[5],
  'state', 'open', 'account', account_id, 'key', key_id, 'amount', amount, 'tokens', ARGV[6],
  'multiplier_ppm', multiplier_ppm, 'budgets', table.concat(touched, ' '), 'model', model,
  'started_at', text_of(at), 'deadline', deadline)
redis.call('ZADD', KEYS[6], deadline, request_id)
return {'held', minute_limits_text(true), amount, multiplier_ppm, text_of(at)}
