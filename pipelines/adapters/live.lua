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

local epoch, seq, as_of, produced_at = tonumber(take()), take(), take(), take()
local city, card, most = take(), take(), take()
local held = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if epoch < held then return redis.error_reply('FENCED ' .. held) end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq, 'as_of', as_of)
if produced_at ~= '0' then redis.call('HSET', KEYS[1], 'produced_at', produced_at) end
if card ~= '' then redis.call('HSET', KEYS[4], city, card) end

for k = 5, #KEYS do
  if take() == '1' then redis.call('DEL', KEYS[k]) end
  for _ = 1, tonumber(take()) do redis.call('HSET', KEYS[k], take(), take()) end
  for _ = 1, tonumber(take()) do redis.call('HDEL', KEYS[k], take()) end
end

local free = tonumber(take())
if free >= 0 then redis.call('DEL', KEYS[2]) end
for _ = 1, free do redis.call('GEOADD', KEYS[2], take(), take(), take()) end

local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
local newest = last and tonumber(string.match(last[1], '^%d+')) or 0
for _ = 1, tonumber(take()) do
  local id, body = tonumber(take()), take()
  if id > newest then redis.call('XADD', KEYS[3], 'MAXLEN', '~', most, id .. '-0', 'delta', body) end
end
return 1
