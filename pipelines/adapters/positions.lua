-- What driver_pings shows, put back from the log: only where Redis has none, or an older one. A running worker goes on.
-- KEYS: progress, positions, ticked.
-- ARGV: epoch, t, then driver, at, position, …   (a position is the array [driver, at, point])
local function at_of(stored)
  local read, position = pcall(cjson.decode, stored)
  return read and type(position) == 'table' and tonumber(position[2]) or 0
end

if tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0') < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', 0)
end
redis.call('HSETNX', KEYS[1], 'as_of', ARGV[2])
for i = 3, #ARGV, 3 do
  local stored = redis.call('HGET', KEYS[2], ARGV[i])
  if not stored or at_of(stored) < tonumber(ARGV[i + 1]) then redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 2]) end
end
if (tonumber(redis.call('HGET', KEYS[3], 't') or '0') or 0) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[3], 't', ARGV[2])
end
return 1
