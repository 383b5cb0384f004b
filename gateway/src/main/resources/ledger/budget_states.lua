-- Purpose: what is used and held of every budget of an account or key, as of now.
--
-- KEYS  1 account or key  2 its budgets
-- ARGV  1 clock offset millis
-- Returns for each budget: id, limit, models, used, held, when its period began, when the next of it
--         is free again ('' each where there is none). For a rolling one that is the start of the
--         window and when the oldest of it leaves.

local at = now(ARGV[1])
local definitions = redis.call('HGET', KEYS[1], 'budgets') or ''
local budgets = budgets_for(definitions, nil)
stand(KEYS[2], budgets, at)

local function oldest_leaves_at(budget)
  if not budget.since then
    return nil
  end
  local oldest = budget.since - budget.buckets
  for i, amount in ipairs(redis.call('HMGET', KEYS[2], unpack(slots_of(budget, oldest, budget.since)))) do
    if amount then
      return (oldest + i) * budget.width + budget.span
    end
  end
  return nil
end

local function bounds(budget)
  if budget.kind == 'rolling' then
    return at - budget.span, oldest_leaves_at(budget)
  elseif budget.kind == 'first_use' and budget.since then
    return budget.since, budget.since + budget.span
  elseif budget.kind == 'calendar' then
    return calendar_bounds(budget.span, math.max(at, budget.since))
  end
  return nil, nil
end

local answer = {}
for _, budget in ipairs(budgets) do
  local from, to = bounds(budget)
  for _, value in ipairs({
    budget.id, budget.limit_text, budget.models, text_of(budget.used), text_of(budget.held),
    from and text_of(from) or '', to and text_of(to) or ''}) do
    answer[#answer + 1] = value
  end
end
return answer
