/** Scripts that find out whether a service is ready, and the program of an image's health check. */
import { scriptOf } from "./script.ts";

/** `ready.sh`: sourced by `start` and `healthy`. */
export const READY = scriptOf`
# Learns whether services are ready.

# Tells whether a port ($1) is listened on, in any address.
is_listening() {
  for _table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$_table" ] || continue
    while read -r _line _local _remote _how _rest; do
      case $_how:$_local in 0A:*:$1) return 0 ;; esac
    done < "$_table"
  done
  return 1
}

# Tells whether the loaded service is ready now.
is_ready() {
  case $_ready in
    tcp) is_listening "$_ready_port" ;;
    file) [ -e "$_ready_path" ] ;;
    pid-file) [ -s "$_name/main" ] ;;
    fd) [ "$("$_s6/s6-svstat" -o ready "$_name" 2> /dev/null)" = true ] ;;
    notify) [ -z "$_hears" ] || [ -e "$_name/notified" ] ;;
    command)
      (
        . "$_tree/user.sh"
        prepare
        become_command ready_command
      ) > /dev/null 2>&1 ;;
    none) : ;;
  esac
}

# Gives a service more time that has asked for it (EXTEND_TIMEOUT_USEC).
extend_limit() {
  [ "$_ready_limit" ] && [ -s "$_name/extended" ] || return 0
  read -r _more < "$_name/extended"
  : > "$_name/extended"
  _more=$((_waited + _more))
  [ "$_more" -le "$_ready_limit" ] || _ready_limit=$_more
}

# Waits until the service is ready, or has ended, or its time is over; then marks it.
watch() {
  load "$1"
  _waited=0 _step=20
  until is_ready; do
    is_stopping && exit
    read_mark "$1"
    [ "$_mark" ] && exit
    extend_limit
    if [ "$_ready_limit" ] && [ "$_waited" -ge "$_ready_limit" ]; then
      fail "it is not ready after $_ready_limit ms ($_ready_what)" 1
      exit
    fi
    pause "$_step"
    _waited=$((_waited + _step))
    [ "$_step" -lt 100 ] && _step=$((_step + 20))
  done
  run_after_start ready
}

# Runs the commands that follow the start, and marks the service.
run_after_start() {
  if [ "$_commands_after_start" -gt 0 ]; then
    # It may be that s6 has not started it yet.
    until [ "$_type" = oneshot ] || find_main "$_name"; do
      is_stopping && exit
      read_mark "$_name"
      [ "$_mark" ] && exit
      sleep 0.02
    done
    (
      . "$_tree/user.sh"
      find_main "$_name"
      export MAINPID="$_main"
      prepare
      run_commands after_start
    ) || { fail "what runs after its start failed" 1; exit; }
  fi
  read_mark "$_name"
  [ "$_mark" ] || mark "$_name" "$1"
}

# Waits for the end of a oneshot, for the commands that follow it.
watch_end() {
  load "$1"
  # Not s6-svwait: s6 may not have read yet that it is to start.
  until [ -e "$1/done" ]; do
    is_stopping && exit
    read_mark "$1"
    [ "$_mark" ] && exit
    sleep 0.03
  done
  run_after_start ended
}
`;

/** `healthy`: status 0 where all services run and are ready. */
export const HEALTHY = scriptOf`
# Tells whether all services run and are ready.
_tree=$\{0%/*} _state=/nonexistent
. "$_tree/lib.sh"
read_ids
for _state in /run/init /run /dev/shm /tmp; do
  _state=$_state/init.$_self
  [ -e "$_state/.given" ] && break
done
cd "$_state" 2> /dev/null || { echo "the init does not run"; exit 1; }
. "$_tree/lib.sh"
. "$_tree/order.sh"
. "$_tree/ready.sh"
for _name in $_long_runs; do
  load "$_name"
  read_mark "$_name"
  [ "$_mark" = ended ] && continue
  if [ "$("$_s6/s6-svstat" -o up "$_name")" != true ]; then echo "$_name does not run"; exit 1; fi
  is_ready || { echo "$_name is not ready ($_ready_what)"; exit 1; }
done
`;
