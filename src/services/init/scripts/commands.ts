/** The part of `user.sh` that runs commands. */
import { scriptOf } from "./script.ts";

/** Functions that run the commands of a service, once `prepare` has prepared them. */
export const COMMANDS = scriptOf`
# Becomes the command that a function ($1) names.
become_command() {
  [ -z "$_logger" ] || exec 2>&1
  _words= _may_fail= _privileged= _argv0=
  "$1"
  [ "$_privileged" ] && _become=
  eval "set -- $_words"
  _head="$_chain $_limits $_become"
  [ "$_odd" ] && _head="$_head $_env_program $_odd"
  if [ "$_argv0" ] && [ "$_bash" ]; then
    quote "$_argv0"
    _head="$_head $_bash -c 'exec -a \"\$0\" \"\$@\"' $_quoted"
  fi
  PATH=$_path
  unset OLDPWD
  [ "$_path" ] || unset PATH
  eval "exec $_head "'"$@"'
}

# Ends the process that starts ($$), when it has not ended in its time.
limit_start() {
  (
    pause "$_start_limit"
    # Where its group is not killed at its end, this outlives it.
    [ "$("$_s6/s6-svstat" -o pid "$_place" 2> /dev/null)" = $$ ] || exit
    say "$_name: it has not ended after $_start_limit ms, which is its limit"
    kill -TERM $$
  ) &
}

# Runs one of them ($1), and sets _status.
run_command() {
  _status=0
  if [ -z "$_time_left" ]; then
    (become_command "$1") || _status=$?
    return
  fi
  (become_command "$1") &
  while [ "$_time_left" -gt 0 ] && kill -0 $! 2> /dev/null; do
    sleep 0.05
    _time_left=$((_time_left - 50))
  done
  if [ "$_time_left" -le 0 ] && kill -KILL $! 2> /dev/null; then
    say "$_name: a command of its stop has not ended in its time, and is killed"
  fi
  wait $! 2> /dev/null || _status=$?
}

# The same, with no more time than so many milliseconds ($2) for all of them.
run_limited() {
  _time_left=$2
  run_commands "$1"
}

# Runs the commands of one kind ($1), one after the other; those after a failure do not run.
run_commands() {
  eval "_count=\$_commands_$1"
  _index=0
  while [ "$_index" -lt "$_count" ]; do
    _index=$((_index + 1)) _may_fail=
    "$1_$_index"
    _fails=$_may_fail
    run_command "$1_$_index"
    [ "$_status" -eq 0 ] || [ "$_fails" ] || return "$_status"
  done
}
`;
