# Runs a redis-server for as long as whoever started it lives, and not much longer.
# Standard input is a pipe that the parent holds open: its end is the end of the parent.
#   $1 the redis-server   $2 its configuration
# Signals that are meant for the gateway reach its whole process group: they are its business alone.
trap '' INT HUP QUIT TERM

# A background job of this shell gets /dev/null as its input, so the pipe is kept as 3.
exec 3<&0 </dev/null

# In a session of its own, an interrupt typed at the terminal does not reach it: the gateway still
# has holds to settle then, and stops it when it is done.
session=
if command -v setsid >/dev/null 2>&1; then session=setsid; fi
$session "$1" "$2" 3<&- &
redis=$!

(
  while read -r _; do :; done
  kill -TERM "$redis"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 1
    kill -0 "$redis" || exit 0
  done
  kill -KILL "$redis"
) <&3 >/dev/null 2>&1 &
watch=$!
exec 3<&-

wait "$redis"
status=$?
kill -KILL "$watch" 2>/dev/null
exit "$status"
