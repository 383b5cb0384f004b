-- Purpose: reading budget definitions. Put before the scripts that check or charge budgets.
--
-- Definitions are lines of `name|unit|period|limit|models`, models being globs separated by commas
-- and empty for all. What is used and held of a budget lies apart, in the owner's budgets hash, as
-- `<name>.used` and `<name>.held`, so that a changed limit keeps it.

local EACH_BUDGET = '([^|\n]+)|([^|\n]+)|([^|\n]+)|(%d+)|([^|\n]*)'

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
