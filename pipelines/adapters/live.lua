-- One agent's change of one city's views, whole or not at all.
-- KEYS: progress, available, deltas, cities, then one a hash.
-- ARGV: epoch, seq, as_of, produced_at, city, card or '', most deltas kept,
--       per hash: replace, n, field, value, …, n, deleted field, …
--       n or -1, lon, lat, id, …   (available drivers; -1: leave them)
--       n, seq, delta, …
local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end

-- One command for up to 1,000 of the next entries of `width` arguments each: one by one, 20,000 positions take twice as long.
local function many(command, key, width)
  local left = tonumber(take())
  while left > 0 do
    local n = math.min(left, 1000) * width
    redis.call(command, key, unpack(ARGV, at + 1, at + n))
    at, left = at + n, left - n / width
  end
end

local epoch, seq, as_of, produced_at = tonumber(take()), take(), take(), take()
local city, card, most = take(), take(), take()
local held = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if epoch < held then return redis.error_reply('FENCED ' .. held) end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq, 'as_of', as_of)
if produced_at ~= '0' then redis.call('HSET', KEYS[1], 'produced_at', produced_at) end
if card ~= '' then redis.call('HSET', KEYS[4], city, card) end

for k = 5, #KEYS do
  if take() == '1' then redis.call('DEL', KEYS[k]) end
  many('HSET', KEYS[k], 2)
  many('HDEL', KEYS[k], 1)
end

local free = tonumber(ARGV[at + 1])
if free >= 0 then redis.call('DEL', KEYS[2]) end
many('GEOADD', KEYS[2], 3)

local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
local newest = last and tonumber(string.match(last[1], '^%d+')) or 0
for _ = 1, tonumber(take()) do
  local id, body = tonumber(take()), take()
  if id > newest then redis.call('XADD', KEYS[3], 'MAXLEN', '~', most, id .. '-0', 'delta', body) end
end
return 1
