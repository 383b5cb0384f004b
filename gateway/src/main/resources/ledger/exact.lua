-- Purpose: whole numbers and the clock. Put before every other script; never run alone.
--
-- A Lua number is a double: it counts exactly up to 2^53. Amounts arrive as text, are turned into
-- numbers only to be compared, and are changed by HINCRBY alone. A sum of numbers that each lie
-- within MAX is exact when it is within MAX too, and otherwise still compares as beyond it.

local MAX = 9007199254740991

-- The text of a whole number. Lua's own tostring keeps 14 digits only.
local function text_of(number)
  return string.format('%.0f', number)
end

-- The number in a field, 0 where there is none.
local function number_of(field)
  return tonumber(field or '0')
end

-- The clock of Redis in millis since the epoch, moved by an offset. Tests also stop it: an offset of
-- more than 30 years is the time itself.
local function now(offset_millis)
  local offset = tonumber(offset_millis)
  if offset > 946684800000 then
    return offset
  end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + offset
end

-- ceil(quote * multiplier_ppm / 1000000), or MAX + 1 when it is beyond MAX. Needs
-- multiplier_ppm <= 10^9. The quote is split into whole millions and a rest, so that each product
-- is exact: millions * multiplier is checked against MAX, rest * multiplier is below 10^15.
local function multiplied(quote, multiplier_ppm)
  if quote > MAX then
    return MAX + 1
  end
  local rest = math.fmod(quote, 1000000)
  local whole = (quote - rest) / 1000000 * multiplier_ppm
  if whole > MAX then
    return MAX + 1
  end
  local fraction = rest * multiplier_ppm
  local below = math.fmod(fraction, 1000000)
  local sum = whole + (fraction - below) / 1000000 + (below > 0 and 1 or 0)
  return sum > MAX and MAX + 1 or sum
end
