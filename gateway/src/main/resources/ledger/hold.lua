-- Purpose: sets aside the most that a request can cost, if every rule allows it. All or nothing.
--
-- Steps, which are the order of precedence too:
--   1. the same request again gets its first answer; one that has ended is refused
--   2. the key: known, active, not expired
--   3. the account: active
--   4. the model: allowed to the key
--   5. every budget of the key and of the account, in one loop: the gravest refusal counts
--   6. the balance: balance - held + credit_limit covers what is asked
--   7. write it down
--
-- KEYS  1 account  2 key  3 the account's budgets  4 the key's budgets  5 hold  6 open holds
-- ARGV  1 clock offset millis  2 account id  3 key id  4 request id  5 quote, nano-USD at list price
--       6 quote, tokens  7 model  8 lease millis
-- Returns {'held', amount, multiplier_ppm, at}
--      or {'refused', code, details of the code...}

local account_id, key_id, request_id, model = ARGV[2], ARGV[3], ARGV[4], ARGV[7]
local at = now(ARGV[1])

local first = redis.call('HMGET', KEYS[5], 'state', 'account', 'key', 'amount', 'multiplier_ppm', 'started_at')
if first[1] then
  if first[1] == 'open' and first[2] == account_id and first[3] == key_id then
    return {'held', first[4], first[5], first[6]}
  end
  return {'refused', 'request_ended'}
end

local key = redis.call('HMGET', KEYS[2], 'status', 'account', 'expires_at', 'models', 'budgets')
if not key[1] or key[2] ~= account_id then
  return {'refused', 'invalid_api_key', 'unknown'}
end
if key[1] ~= 'active' then
  return {'refused', 'invalid_api_key', key[1]}
end
if key[3] and tonumber(key[3]) <= at then
  return {'refused', 'invalid_api_key', 'expired'}
end

local account =
  redis.call('HMGET', KEYS[1], 'status', 'balance', 'held', 'credit_limit', 'multiplier_ppm', 'budgets')
if not account[1] then
  return {'refused', 'invalid_api_key', 'unknown'}
end
if account[1] ~= 'active' then
  return {'refused', 'account_suspended'}
end

if not is_any_match(key[4], model) then
  return {'refused', 'model_not_allowed'}
end

local ask = multiplied(tonumber(ARGV[5]), tonumber(account[5]))

-- The gravest refusal so far; the lower its rank, the graver.
local refusal, refusal_rank = nil, 99
local function refuse(rank, ...)
  if rank < refusal_rank then
    refusal, refusal_rank = {'refused', ...}, rank
  end
end

-- What the hold must give back later: `<owner>:<name>:<unit>` for every budget that counts it.
local touched = {}

local function check_budgets(owner, state, definitions)
  for name, unit, period, limit_text, models in string.gmatch(definitions or '', EACH_BUDGET) do
    if is_any_match(models, model) then
      local limit = tonumber(limit_text)
      local amounts = redis.call('HMGET', state, name .. '.used', name .. '.held')
      local used, held = number_of(amounts[1]), number_of(amounts[2])
      if unit == 'concurrent' then
        if held + 1 > limit then
          refuse(1, 'concurrency_exceeded', limit_text)
        end
      elseif unit == 'usd' and period == 'lifetime' then
        if used + held + ask > limit then
          local left = limit - used - held
          refuse(4, 'quota_exhausted', limit_text, text_of(left > 0 and left or 0), text_of(ask))
        end
      else
        error('a budget that this version does not know: ' .. unit .. ' ' .. period)
      end
      touched[#touched + 1] = owner .. ':' .. name .. ':' .. unit
    end
  end
end

check_budgets('key', KEYS[4], key[5])
check_budgets('account', KEYS[3], account[6])
if refusal then
  return refusal
end

-- credit_limit - held lies within MAX; ask minus that may not, and is then beyond every balance.
local held = tonumber(account[3])
if ask > MAX - held or tonumber(account[2]) < ask - (tonumber(account[4]) - held) then
  return {'refused', 'insufficient_credits', text_of(ask), account[2], account[3], account[4]}
end

local amount = text_of(ask)
for _, budget in ipairs(touched) do
  local owner, name, unit = string.match(budget, '(.+):(.+):(.+)')
  redis.call('HINCRBY', owner == 'key' and KEYS[4] or KEYS[3], name .. '.held', unit == 'usd' and amount or '1')
end
redis.call('HINCRBY', KEYS[1], 'held', amount)
redis.call('HINCRBY', KEYS[1], 'opens', 1)
redis.call('HSET', KEYS[2], 'last_used_at', text_of(at))
local deadline = text_of(at + tonumber(ARGV[8]))
redis.call('HSET', KEYS[5],
  'state', 'open', 'account', account_id, 'key', key_id, 'amount', amount, 'tokens', ARGV[6],
  'multiplier_ppm', account[5], 'budgets', table.concat(touched, ' '), 'model', model,
  'started_at', text_of(at), 'deadline', deadline)
redis.call('ZADD', KEYS[6], deadline, request_id)
return {'held', amount, account[5], text_of(at)}
