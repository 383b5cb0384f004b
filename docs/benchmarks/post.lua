-- A chat completion, the same every time. BENCH_KEY is the bearer key, BENCH_STREAM=1 asks for a stream.
local stream = os.getenv("BENCH_STREAM") == "1"

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. (os.getenv("BENCH_KEY") or "none")
wrk.body = '{"model":"bench-model",'
  .. (stream and '"stream":true,' or '')
  .. '"max_tokens":256,"messages":[{"role":"system","content":"You keep a toll gate."},'
  .. '{"role":"user","content":"How much is the toll for a cart with two horses, and may I pay it on my way back?"}]}'
