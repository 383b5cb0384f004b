#!/usr/bin/env bash
# Measures the same mock provider, by the same wrk, in one run: directly, through nginx as a plain
# proxy, and through Tollgate metering with its embedded Redis. Prints a table in Markdown.
#
#   mvn -q -B package -DskipTests && docs/benchmarks/run.sh
#
# SECONDS_EACH=8   of each measurement         ROUNDS=3      of which the medians are printed
# SECONDS_WARM=10  of warming up each side     CONNECTIONS=64
# WRK_THREADS=1                                NGINX_WORKERS=auto
# SIDES="direct nginx tollgate"                BENCH_STREAM=1 for streamed answers
# LATENCY_MILLIS=0 of the mock provider        TOLLGATE_JAVA_OPTIONS=""
#
# Run it on a machine that does nothing else. wrk corrects its percentiles for what it would have
# sent during a stall, so one pause of 100 ms by another process shows in the p99 of all sides.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/docs/benchmarks
SECONDS_EACH=${SECONDS_EACH:-8}
SECONDS_WARM=${SECONDS_WARM:-10}
ROUNDS=${ROUNDS:-3}
CONNECTIONS=${CONNECTIONS:-64}
WRK_THREADS=${WRK_THREADS:-1}
NGINX_WORKERS=${NGINX_WORKERS:-auto}
SIDES=${SIDES:-direct nginx tollgate}
LATENCY_MILLIS=${LATENCY_MILLIS:-0}
export BENCH_STREAM=${BENCH_STREAM:-0} BENCH_KEY=none
START_SECONDS_MAX=60

jar=$root/gateway/target/tollgate.jar
test_classes=$root/gateway/target/test-classes
work=$(mktemp -d "${TMPDIR:-/tmp}/tollgate-bench.XXXXXX")
started=()

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "bench: $*"
  exit 1
}

# Ends what was started, by its process id, and waits: with TERM, then with KILL.
clean_up() {
  trap - EXIT INT TERM
  local pid tries
  for pid in ${started[@]+"${started[@]}"}; do
    kill -TERM "$pid" 2>/dev/null || true
  done
  for pid in ${started[@]+"${started[@]}"}; do
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
      sleep 0.1
      tries=$((tries + 1))
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

uses() { case " $SIDES " in *" $1 "*) true ;; *) false ;; esac; }

need() {
  command -v "$1" >/dev/null 2>&1 || PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ||
    fail "$1 is missing; on Debian or Ubuntu: apt-get install $2"
}

find_java() {
  local candidate version best=0
  for candidate in "${JAVA_HOME:-}/bin/java" /usr/lib/jvm/*/bin/java "$(command -v java || true)"; do
    [ -x "$candidate" ] || continue
    version=$("$candidate" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
    if [ "${version:-0}" -ge 21 ] && [ "$version" -gt "$best" ]; then
      best=$version
      java=$candidate
    fi
  done
  [ "$best" -gt 0 ] || fail "no JDK of 21 or later was found; set JAVA_HOME"
}

# The first match of a pattern in a log, as soon as it is there.
await_in_log() { # pid log pattern
  local end=$((SECONDS + START_SECONDS_MAX)) found
  while [ "$SECONDS" -lt "$end" ]; do
    found=$(grep -oE "$3" "$2" 2>/dev/null | head -1 || true)
    if [ -n "$found" ]; then
      printf '%s' "$found"
      return
    fi
    if ! kill -0 "$1" 2>/dev/null; then
      break
    fi
    sleep 0.1
  done
  tail -20 "$2" >&2 || true
  fail "it did not start: see above"
}

free_port() {
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s' "$port"
      return
    fi
  done
  fail "no free port was found"
}

start_mock() {
  "$java" -XX:+UseSerialGC -Xmx256m --enable-native-access=ALL-UNNAMED \
    -cp "$jar:$test_classes" dev.tollgate.bench.MockProviderMain 0 "$LATENCY_MILLIS" \
    >"$work/mock.log" 2>&1 &
  started+=($!)
  local ready
  ready=$(await_in_log $! "$work/mock.log" 'ready port=[0-9]+')
  mock_port=${ready#ready port=}
  url_direct=http://127.0.0.1:$mock_port/v1/chat/completions
}

start_nginx() {
  local port
  port=$(free_port)
  mkdir -p "$work/nginx"
  cat >"$work/nginx.conf" <<EOF
daemon off;
worker_processes $NGINX_WORKERS;
pid $work/nginx/pid;
error_log $work/nginx/error.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  tcp_nodelay on;
  keepalive_requests 100000000;
  client_body_temp_path $work/nginx/body;
  proxy_temp_path $work/nginx/proxy;
  fastcgi_temp_path $work/nginx/fastcgi;
  uwsgi_temp_path $work/nginx/uwsgi;
  scgi_temp_path $work/nginx/scgi;
  upstream mock {
    server 127.0.0.1:$mock_port;
    keepalive 256;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:$port;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer provider-key";
    }
  }
}
EOF
  PATH=$PATH:/usr/sbin:/sbin nginx -p "$work/nginx" -e "$work/nginx/error.log" \
    -c "$work/nginx.conf" >"$work/nginx.log" 2>&1 &
  started+=($!)
  url_nginx=http://127.0.0.1:$port/v1/chat/completions
  local end=$((SECONDS + START_SECONDS_MAX))
  until curl -sf -m 5 -o "$work/curl.out" "$url_nginx" -d '{}'; do
    kill -0 "$!" 2>/dev/null && [ "$SECONDS" -lt "$end" ] ||
      fail "nginx did not start: $(cat "$work/nginx.log" "$work/nginx/error.log" 2>/dev/null)"
    sleep 0.1
  done
}

# One field of a JSON answer; enough for ids and keys.
json_string() { # name
  sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p" | head -1
}

admin() { # path json
  curl -sS -f -m 10 -X POST "http://127.0.0.1:$ops_port/admin/v1/$1" -d "$2" \
    -H "Authorization: Bearer $admin_token" -H 'Content-Type: application/json' ||
    fail "POST /admin/v1/$1 was refused"
}

start_tollgate() {
  admin_token=bench-$RANDOM$RANDOM$RANDOM
  cat >"$work/gateway.yaml" <<EOF
listen: { host: 127.0.0.1, port: 0 }
ops: { host: 127.0.0.1, port: 0, admin_token: "\${TOLLGATE_ADMIN_TOKEN}" }
data_dir: $work/data
redis: embedded
archive: embedded
rate_card: rates.yaml
providers:
  mock: { dialect: openai, base_url: "http://127.0.0.1:$mock_port/v1", api_key: provider-key }
EOF
  cat >"$work/rates.yaml" <<EOF
models:
  bench-model:
    targets: [ { provider: mock, model: bench-model } ]
    prices: { input: 0.20, output: 0.60 }
    max_output_tokens: 8192
    context_tokens: 131072
EOF
  TOLLGATE_ADMIN_TOKEN=$admin_token TOLLGATE_JAVA_OPTS=${TOLLGATE_JAVA_OPTIONS:-} \
    "$root/gateway/bin/tollgate" serve --config "$work/gateway.yaml" >"$work/tollgate.log" 2>&1 &
  started+=($!)
  local ready account
  ready=$(await_in_log $! "$work/tollgate.log" 'ready .*public=.*ops=.*')
  public_port=$(printf '%s' "$ready" | sed -n 's/.*public=\([0-9]*\).*/\1/p')
  ops_port=$(printf '%s' "$ready" | sed -n 's/.*ops=\([0-9]*\).*/\1/p')
  [ -n "$public_port" ] && [ -n "$ops_port" ] || fail "no ports in: $ready"
  url_tollgate=http://127.0.0.1:$public_port/v1/chat/completions
  account=$(admin accounts '{"name":"bench"}' | json_string id)
  [ -n "$account" ] || fail "the new account has no id"
  admin "accounts/$account/credits" '{"amount_usd":10000,"kind":"topup"}' >"$work/credit.json"
  BENCH_KEY=$(admin "accounts/$account/keys" '{}' | json_string key)
  [ -n "$BENCH_KEY" ] || fail "the new key has no secret"
}

# Runs wrk; its report is left in $work/wrk.
load() { # url connections seconds
  local threads=$WRK_THREADS
  [ "$2" -ge "$threads" ] || threads=$2
  timeout $(($3 + 30)) wrk -t"$threads" -c"$2" -d"$3s" --timeout 10s --latency \
    -s "$here/post.lua" "$1" >"$work/wrk" 2>&1 || fail "wrk failed: $(cat "$work/wrk")"
  if grep -qE 'Non-2xx|Socket errors' "$work/wrk"; then
    say "bench: $1 did not answer every request well:"
    grep -E 'Non-2xx|Socket errors' "$work/wrk" >&2
    spoilt=yes
  fi
}

requests_per_second() { awk '/^Requests\/sec:/ { print $2 }' "$work/wrk"; }

# A percentile of the latency, in microseconds.
micros() { # 50%
  awk -v which="$1" '$1 == which {
    unit = $2; sub(/^[0-9.]+/, "", unit)
    print $2 * (unit == "us" ? 1 : unit == "ms" ? 1000 : unit == "s" ? 1e6 : 6e7)
  }' "$work/wrk"
}

median() { # file
  sort -g "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

measure() {
  local side url round
  for side in $SIDES; do
    url=url_$side
    say "warming up $side"
    load "${!url}" "$CONNECTIONS" "$SECONDS_WARM"
    load "${!url}" 1 2
  done
  for round in $(seq "$ROUNDS"); do
    for side in $SIDES; do
      url=url_$side
      load "${!url}" "$CONNECTIONS" "$SECONDS_EACH"
      requests_per_second >>"$work/$side.rps"
      load "${!url}" 1 "$SECONDS_EACH"
      requests_per_second >>"$work/$side.rps1"
      micros 50% >>"$work/$side.p50"
      micros 99% >>"$work/$side.p99"
      say "round $round, $side: $(tail -1 "$work/$side.rps") requests/s," \
        "at 1: $(tail -1 "$work/$side.rps1") requests/s, p50 $(tail -1 "$work/$side.p50") us," \
        "p99 $(tail -1 "$work/$side.p99") us"
    done
  done
}

print_table() {
  local side first=${SIDES%% *} nginx=-
  printf '| | requests/s at %s | of %s | of nginx | requests/s at 1 | p50 at 1 | p99 at 1 | p50 beyond %s |\n' \
    "$CONNECTIONS" "$first" "$first"
  printf '|---|---:|---:|---:|---:|---:|---:|---:|\n'
  uses nginx && nginx=$(median "$work/nginx.rps")
  for side in $SIDES; do
    awk -v side="$side" -v rps="$(median "$work/$side.rps")" -v nginx="$nginx" \
      -v base="$(median "$work/$first.rps")" -v p50="$(median "$work/$side.p50")" \
      -v rps1="$(median "$work/$side.rps1")" -v p99="$(median "$work/$side.p99")" -v base50="$(median "$work/$first.p50")" 'BEGIN {
        printf "| %s | %.0f | %.2f | %s | %.0f | %.0f µs | %.0f µs | %.0f µs |\n", side, rps, rps / base,
          nginx == "-" ? "-" : sprintf("%.2f", rps / nginx), rps1, p50, p99, p50 - base50
      }'
  done
  printf '\nMedians of %s rounds of %s s each; %s cores; %s; wrk with %s thread(s); mock latency %s ms; %s; load average before: %s.\n' \
    "$ROUNDS" "$SECONDS_EACH" "$(getconf _NPROCESSORS_ONLN)" \
    "$("$java" -version 2>&1 | sed -n 1p | tr -d '"')" "$WRK_THREADS" "$LATENCY_MILLIS" \
    "$([ "$BENCH_STREAM" = 1 ] && echo streamed || echo 'not streamed')" "$load_before"
}

need wrk wrk
need curl curl
if uses nginx; then need nginx nginx; fi
find_java
[ -f "$jar" ] && [ -f "$test_classes/dev/tollgate/bench/MockProviderMain.class" ] ||
  fail "nothing is built yet: mvn -q -B package -DskipTests"

load_before=$(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)
case $load_before in
  0.* | unknown) ;;
  *) say "bench: the load average is $load_before already: expect a p99 that is not ours" ;;
esac

spoilt=no
start_mock
if uses nginx; then start_nginx; fi
if uses tollgate; then start_tollgate; fi
measure
print_table
[ "$spoilt" = no ] || fail "some requests failed: the figures above are not to be used"
