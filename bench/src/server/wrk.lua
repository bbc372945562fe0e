-- Sends one request again and again, its number in place of {n}, and checks every answer. See wrk.rs.

local method, path, body = os.getenv("METHOD"), os.getenv("TARGET"), os.getenv("BODY")
local name, value, expected = os.getenv("NAME"), os.getenv("VALUE"), os.getenv("EXPECTED")
local first, within, stride = tonumber(os.getenv("FIRST")), tonumber(os.getenv("WITHIN")), tonumber(os.getenv("STRIDE"))
-- wrk makes one request before all others only to look at it, and does not send it.
local place = -1
local threads = {}

-- Global, so that done() can read them from the thread.
wrong, example = 0, ""

function setup(thread)
  table.insert(threads, thread)
end

function request()
  local number = first + (within == 0 and place or place * stride % within)
  place = place + 1
  local function numbered(text)
    return (text:gsub("{n}", number))
  end
  return wrk.format(method, numbered(path), { [name] = numbered(value) }, numbered(body))
end

function response(status, headers, text)
  if status ~= 200 or not text:find(expected, 1, true) then
    wrong, example = wrong + 1, status .. " " .. text
  end
end

function done(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  local seen = ""
  for _, thread in ipairs(threads) do
    errors = errors + thread:get("wrong")
    seen = thread:get("example")
  end
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"errors":%d,"example":"%s"}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, errors,
    seen:gsub('[%c"\\]', "'")))
end
