-- Purpose: reading, ageing and charging budgets. Put before the scripts that do any of it.
--
-- Definitions are lines of `name|unit|period|limit|models`, models being globs separated by commas
-- and empty for all. A budget is known by what stands before its limit, its id: with another unit or
-- period it is another budget, with another limit it is the same.
--
-- What is used and held lies apart, in the owner's hash of budgets:
--   <id>.used    in nano-USD, requests or tokens, within the period as of `since`
--   <id>.held    the same of open holds, whatever their age
--   <id>.since   rolling: the newest bucket counted; first_use, calendar: when the period began
--   <id>.b<slot> rolling: what was used in one bucket
--
-- A rolling window of W millis has buckets of floor(W / 60); bucket i begins at i times that. It is
-- in slot i modulo (n + 1), n = ceil(W / width): more never lie within the window. It leaves when its
-- last millisecond is older than W. What has left is subtracted once, by the first script that sees
-- it, so the work of a script has a bound and does not grow with what is in the window.
--
-- A clock that was set back does not open a period again: what is used then counts in the newest one
-- there is, unless that lies more than a whole period ahead; then it all counts as of now.

local EACH_BUDGET = '(([^|\n]+)|([^|\n]+)|([^|\n]+))|(%d+)|([^|\n]*)'
local DAY_MILLIS = 86400000
local BUCKETS_PER_WINDOW = 60
local BUDGETS_MAX = 32

-- Whether a glob, in which only * is special, is the whole of a text.
local function is_match(glob, text)
  local star = string.find(glob, '*', 1, true)
  if not star then
    return glob == text
  end
  if string.sub(text, 1, star - 1) ~= string.sub(glob, 1, star - 1) then
    return false
  end
  local from = star
  while true do
    local next_star = string.find(glob, '*', star + 1, true)
    if not next_star then
      break
    end
    local first, last = string.find(text, string.sub(glob, star + 1, next_star - 1), from, true)
    if not first then
      return false
    end
    from = last + 1
    star = next_star
  end
  local tail = string.sub(glob, star + 1)
  local tail_from = #text - #tail + 1
  return tail_from >= from and string.sub(text, tail_from) == tail
end

-- Whether one of several globs, separated by commas or newlines, matches. None at all match all.
local function is_any_match(globs, text)
  if not globs or globs == '' then
    return true
  end
  for glob in string.gmatch(globs, '[^,\n]+') do
    if is_match(glob, text) then
      return true
    end
  end
  return false
end

-- The days from 1970-01-01 to the first of a month, in the Gregorian calendar. A year is counted
-- from March, so that the leap day is its last; months above 12 are those of the next year.
local function days_to_month(year, month)
  if month > 12 then
    year, month = year + 1, month - 12
  end
  if month < 3 then
    year, month = year - 1, month + 12
  end
  local era = math.floor(year / 400)
  local year_of_era = year - era * 400
  local day_of_year = math.floor((153 * (month - 3) + 2) / 5)
  local day_of_era =
    year_of_era * 365 + math.floor(year_of_era / 4) - math.floor(year_of_era / 100) + day_of_year
  return era * 146097 + day_of_era - 719468
end

-- The year and month of a day, counted from 1970-01-01.
local function month_of_day(day)
  day = day + 719468
  local era = math.floor(day / 146097)
  local day_of_era = day - era * 146097
  local year_of_era = math.floor(
    (day_of_era - math.floor(day_of_era / 1460) + math.floor(day_of_era / 36524)
      - math.floor(day_of_era / 146096)) / 365)
  local day_of_year =
    day_of_era - (365 * year_of_era + math.floor(year_of_era / 4) - math.floor(year_of_era / 100))
  local from_march = math.floor((5 * day_of_year + 2) / 153)
  local month = from_march < 10 and from_march + 3 or from_march - 9
  return year_of_era + era * 400 + (month <= 2 and 1 or 0), month
end

-- When the calendar period around a time begins, and when the next one does, in UTC.
local function calendar_bounds(unit, at)
  local day = math.floor(at / DAY_MILLIS)
  if unit == 'day' then
    return day * DAY_MILLIS, (day + 1) * DAY_MILLIS
  elseif unit == 'week' then
    local monday = day - (day + 3) % 7
    return monday * DAY_MILLIS, (monday + 7) * DAY_MILLIS
  elseif unit == 'month' then
    local year, month = month_of_day(day)
    return days_to_month(year, month) * DAY_MILLIS, days_to_month(year, month + 1) * DAY_MILLIS
  end
  error('a calendar unit that this version does not know: ' .. unit)
end

-- A budget from its id and parts. `kind` of period and its `span`: millis, or a calendar unit.
local function new_budget(id, name, unit, period)
  local budget = {id = id, name = name, unit = unit, period = period, kind = period}
  if period ~= 'lifetime' then
    local kind, span = string.match(period, '^([%a_]+):(.+)$')
    budget.kind = kind
    if kind == 'rolling' or kind == 'first_use' then
      budget.span = tonumber(span)
      if kind == 'rolling' then
        budget.width = math.floor(budget.span / BUCKETS_PER_WINDOW)
        budget.buckets = math.ceil(budget.span / budget.width)
      end
    elseif kind == 'calendar' then
      budget.span = span
    else
      error('a budget that this version does not know: ' .. unit .. ' ' .. period)
    end
  end
  return budget
end

-- The budgets of some definitions that count a model; all of them for nil.
local function budgets_for(definitions, model)
  local found = {}
  for id, name, unit, period, limit, models in string.gmatch(definitions or '', EACH_BUDGET) do
    if models == '' or not model or is_any_match(models, model) then
      local budget = new_budget(id, name, unit, period)
      budget.limit_text, budget.limit, budget.models = limit, tonumber(limit), models
      found[#found + 1] = budget
    end
  end
  return found
end

local function budget_of_id(id)
  return new_budget(id, string.match(id, '^([^|]+)|([^|]+)|(.+)$'))
end

-- Whether a budget is among definitions, with any limit.
local function is_defined(definitions, id)
  return string.find('\n' .. (definitions or ''), '\n' .. id .. '|', 1, true) ~= nil
end

local function slot_of(budget, bucket)
  return budget.id .. '.b' .. bucket % (budget.buckets + 1)
end

-- The fields of a rolling budget's buckets, from one to another.
local function slots_of(budget, from, to)
  local slots = {}
  for bucket = from, to do
    slots[#slots + 1] = slot_of(budget, bucket)
  end
  return slots
end

local function age_rolling(state, budget, at)
  local newest, seen = math.floor(at / budget.width), budget.since
  budget.bucket = newest
  if not seen then
    return
  end
  if seen > newest + budget.buckets + 1 then
    redis.call('HDEL', state, unpack(slots_of(budget, seen - budget.buckets, seen)))
    local used = redis.call('HGET', state, budget.id .. '.used') or '0'
    redis.call('HSET', state, slot_of(budget, newest), used, budget.id .. '.since', text_of(newest))
    budget.since = newest
    return
  end
  budget.bucket = math.max(newest, seen)
  local first = seen - budget.buckets
  local last = math.min(math.floor((at - budget.span) / budget.width) - 1, seen)
  if last < first then
    return
  end
  local slots = slots_of(budget, first, last)
  if last == seen then
    redis.call('HDEL', state, budget.id .. '.used', budget.id .. '.since', unpack(slots))
    budget.used, budget.since = 0, nil
    return
  end
  local left = false
  for _, amount in ipairs(redis.call('HMGET', state, unpack(slots))) do
    if amount then
      budget.used = redis.call('HINCRBY', state, budget.id .. '.used', '-' .. amount)
      left = true
    end
  end
  if left then
    redis.call('HDEL', state, unpack(slots))
  end
  if budget.bucket > seen then
    redis.call('HSET', state, budget.id .. '.since', text_of(budget.bucket))
    budget.since = budget.bucket
  end
end

-- A window in which nothing came of the holds that opened it is as good as closed.
local function age_first_use(budget, at)
  local since = budget.since
  if not since or at >= since + budget.span or (budget.used == 0 and budget.held == 0) then
    budget.is_new = budget.used ~= 0
    budget.used, budget.since = 0, nil
  elseif since - at > budget.span then
    budget.since = at
  end
end

local function age_calendar(budget, at)
  local from, to = calendar_bounds(budget.span, at)
  if not budget.since or from > budget.since then
    budget.is_new = budget.used ~= 0
    budget.used, budget.since = 0, from
  elseif budget.since > to then
    budget.since = from
  end
end

-- Reads what is used and held of some budgets of one owner, in one command, as of a time.
local function stand(state, budgets, at)
  if #budgets == 0 then
    return
  end
  local fields = {}
  for i, budget in ipairs(budgets) do
    local id = budget.id
    fields[3 * i - 2], fields[3 * i - 1], fields[3 * i] = id .. '.used', id .. '.held', id .. '.since'
  end
  local found = redis.call('HMGET', state, unpack(fields))
  for i, budget in ipairs(budgets) do
    budget.used, budget.held = number_of(found[3 * i - 2]), number_of(found[3 * i - 1])
    budget.since = found[3 * i] and tonumber(found[3 * i]) or nil
    if budget.kind == 'rolling' then
      age_rolling(state, budget, at)
    elseif budget.kind == 'first_use' then
      age_first_use(budget, at)
    elseif budget.kind == 'calendar' then
      age_calendar(budget, at)
    end
  end
end

-- How much of some amounts, given by unit, a budget counts.
local function share(unit, amounts)
  return amounts[unit] or error('a budget that this version does not know: ' .. unit)
end

-- Adds to the changes of an owner what a budget's use of an amount makes of it, at a time.
local function use(state, budget, amount, at, changes)
  local used = budget.id .. '.used'
  if budget.used <= MAX and budget.used + amount <= MAX then
    changes[#changes + 1] = used
    changes[#changes + 1] = text_of(budget.used + amount)
  else
    if budget.is_new then
      redis.call('HSET', state, used, '0')
    end
    redis.call('HINCRBY', state, used, text_of(amount))
  end
  local since = budget.since
  if budget.kind == 'rolling' then
    redis.call('HINCRBY', state, slot_of(budget, budget.bucket), text_of(amount))
    since = budget.bucket
  elseif budget.kind == 'first_use' then
    since = since or at
  end
  if since then
    changes[#changes + 1] = budget.id .. '.since'
    changes[#changes + 1] = text_of(since)
  end
end

-- Removes all that is stored of a budget.
local function forget(state, budget)
  local fields = budget.buckets and slots_of(budget, 0, budget.buckets) or {}
  for _, field in ipairs({'.used', '.held', '.since'}) do
    fields[#fields + 1] = budget.id .. field
  end
  redis.call('HDEL', state, unpack(fields))
end

-- Forgets the budgets that have been taken out of definitions, as far as nothing is held of them.
local function forget_removed(state, before, after)
  for _, budget in ipairs(budgets_for(before, nil)) do
    if not is_defined(after, budget.id) and number_of(redis.call('HGET', state, budget.id .. '.held')) == 0 then
      forget(state, budget)
    end
  end
end

-- Charges budgets of one owner: each gets back what was held, and counts what is now used, amounts
-- by unit both, nil for nothing. One that is not defined any more only gets its hold back, and is
-- forgotten with the last of them.
local function charge_budgets(state, definitions, budgets, at, held, used)
  stand(state, budgets, at)
  local changes = {}
  for _, budget in ipairs(budgets) do
    local left = budget.held - (held and share(budget.unit, held) or 0)
    local is_in_force = is_defined(definitions, budget.id)
    if not is_in_force and left == 0 then
      forget(state, budget)
    else
      if held then
        changes[#changes + 1] = budget.id .. '.held'
        changes[#changes + 1] = text_of(left)
      end
      local amount = used and share(budget.unit, used) or 0
      if amount > 0 and is_in_force then
        use(state, budget, amount, at, changes)
      end
    end
  end
  if #changes > 0 then
    redis.call('HSET', state, unpack(changes))
  end
end

-- The budgets that a hold touched, of the key and of the account, from what it wrote down of them.
local function touched_budgets(text)
  local touched = {key = {}, account = {}}
  for owner, id in string.gmatch(text or '', '(%a+):([^ ]+)') do
    local budgets = touched[owner]
    budgets[#budgets + 1] = budget_of_id(id)
  end
  return touched
end

-- Definitions with the budgets put in that the arguments from a place on name: after a field
-- `budget:<name>` comes its line, '' to remove it. Also returns how many there are then.
local function with_budgets(definitions, first)
  local lines, place = {}, {}
  for line in string.gmatch(definitions, '[^\n]+') do
    lines[#lines + 1] = line
    place[string.match(line, '^[^|]+')] = #lines
  end
  for i = first, #ARGV, 2 do
    local name = string.match(ARGV[i], '^budget:(.+)')
    if name then
      place[name] = place[name] or #lines + 1
      lines[place[name]] = ARGV[i + 1]
    end
  end
  local left = {}
  for _, line in ipairs(lines) do
    left[#left + 1] = line ~= '' and line or nil
  end
  return table.concat(left, '\n'), #left
end
