"""The Lua that counts. Each script runs atomically in Redis and uses Redis' own clock, in microseconds.

Numbers are written with string.format, because Lua's tostring would round sixteen digits to fourteen.
"""

# Requests a minute (GCRA: the key holds the moment at which the bucket is full again) and slots at once (a
# sorted set, slot → end of its lease), decided together: what one refuses, the other has not counted.
# KEYS work bucket, read bucket, slots
# ARGV kind (work, read or none), work limit, read limit, slot or "", slot limit, slot lease in µs
# → {0 in | 1 too fast | 2 too many at once, work requests left, µs until the work bucket is full, µs to wait}
ENTER = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local window = 60000000

local function bucket(key, limit)
  local every = math.floor(window / limit)
  return {key = key, every = every, burst = every * limit,
          full = math.max(tonumber(redis.call('GET', key) or '0'), now)}
end
local work = bucket(KEYS[1], tonumber(ARGV[2]))
local charged = ARGV[1] == 'work' and work or ARGV[1] == 'read' and bucket(KEYS[2], tonumber(ARGV[3])) or nil

local function answer(verdict, wait)
  local left = math.floor((work.burst - (work.full - now)) / work.every)
  return {verdict, math.max(0, left), work.full - now, wait}
end

if charged then
  local wait = charged.full + charged.every - now - charged.burst
  if wait > 0 then return answer(1, wait) end
end
if ARGV[4] ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now))
  if not redis.call('ZSCORE', KEYS[3], ARGV[4]) and redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[5]) then
    local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
    return answer(2, tonumber(first[2]) - now)
  end
  redis.call('ZADD', KEYS[3], string.format('%.0f', now + tonumber(ARGV[6])), ARGV[4])
  local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')
  redis.call('PEXPIRE', KEYS[3], math.max(1, math.ceil((tonumber(last[2]) - now) / 1000)))
end
if charged then
  charged.full = charged.full + charged.every
  local life = math.max(1, math.ceil((charged.full - now) / 1000))
  redis.call('SET', charged.key, string.format('%.0f', charged.full), 'PX', life)
end
return answer(0, 0)
"""

# KEYS slots · ARGV slot, lease in µs → 1, or 0 where the lease had ended
RENEW = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends or tonumber(ends) <= now then return 0 end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], math.max(1, math.ceil((tonumber(last[2]) - now) / 1000)))
return 1
"""

# KEYS slots · ARGV slot → 1, or 0 where it was not there
LEAVE = "return redis.call('ZREM', KEYS[1], ARGV[1])"

# KEYS the day's counter, the job's marker · ARGV characters, allowance, life in ms
# → {1 reserved (or reserved before) | 0 not enough, characters left}
ANONYMOUS_RESERVE = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local left = math.max(0, tonumber(ARGV[2]) - used)
if redis.call('EXISTS', KEYS[2]) == 1 then return {1, left} end
local wanted = tonumber(ARGV[1])
if wanted > left then return {0, left} end
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], KEYS[1] .. ' ' .. ARGV[1], 'PX', ARGV[3])
return {1, left - wanted}
"""

# KEYS the job's marker · ARGV characters → characters given back. The marker says which day they belong to.
ANONYMOUS_REFUND = """
local marker = redis.call('GET', KEYS[1])
if not marker then return 0 end
local day, reserved = string.match(marker, '^(.*) (%d+)$')
redis.call('DEL', KEYS[1])
local used = tonumber(redis.call('GET', day) or '0')
local back = math.min(tonumber(ARGV[1]), tonumber(reserved), used)
if back > 0 then redis.call('DECRBY', day, string.format('%.0f', back)) end
return back
"""
