/** Stops services, and ends the init. */
import { HANDLER_HEAD, scriptOf } from "./script.ts";

/** `stop`: stops services in reverse order, each with its signal and its time. */
export const STOP = `# Stops the command and the services in reverse order, then s6.
mkdir .stopping 2> /dev/null || exit 0
${HANDLER_HEAD}` + scriptOf`
# Who asks twice, or all of a process group, does not end what stops it.
trap '' TERM INT QUIT HUP

# Sends the signal of a service, after the commands that stop it.
stop_service() {
  "$_s6/s6-svok" "$1" || return 0
  load "$1"
  if [ "$_commands_stop" -gt 0 ] && find_main "$1"; then
    (
      trap - TERM INT QUIT HUP
      . "$_tree/user.sh"
      export MAINPID="$_main"
      prepare
      run_limited stop $((_stop_limit / 2))
    ) || say "$1: what stops it failed"
  fi
  read_fine_clock
  echo "$_now" > "$1/stopping"
  # Where nobody listens yet, it will not start.
  if [ "$_kill_mode" = none ]; then "$_s6/s6-svc" -x "$1"; else "$_s6/s6-svc" -d "$1"; fi 2> /dev/null
}

# Ends the process that a service has named as its own, where s6 was told to stop before anything had
# begun to watch it.
end_adopted() (
  load "$1"
  cd "$1" && read -r _main < main || exit
  kill "-$_stop_signal" "$_main" 2> /dev/null
  _turns=$((_stop_limit / 50))
  while [ "$_turns" -gt 0 ] && is_alive "$_main"; do
    _turns=$((_turns - 1))
    sleep 0.05
  done
  kill -KILL "$_main" 2> /dev/null
  [ "$_kill_mode" = none ] || . "$_tree/leftovers.sh"
)

if [ -s .command.pid ]; then
  read -r _pid < .command.pid
  _turns=0
  kill -TERM "$_pid" 2> /dev/null && kill -CONT "$_pid" 2> /dev/null
  while [ "$_turns" -lt 60 ] && is_alive "$_pid"; do
    _turns=$((_turns + 1))
    sleep 0.05
  done
  kill -KILL "$_pid" 2> /dev/null
fi
_level=$_levels
while [ "$_level" -gt 0 ]; do
  services_of "$_level"
  _longest=0
  for _name in $_these; do
    load "$_name"
    [ "$_stop_limit" -le "$_longest" ] || _longest=$_stop_limit
    if [ "$_commands_stop" -gt 0 ]; then stop_service "$_name" & else stop_service "$_name"; fi
  done
  # s6 kills those that take longer; what they leave, and what follows their end, may take a while.
  "$_s6/s6-svwait" -D -t $((_longest * 2 + 4000)) -- $_these 2> /dev/null
  for _name in $_these; do [ ! -e "$_name/adopted" ] || end_adopted "$_name"; done
  _level=$((_level - 1))
done
if [ -s .listeners ]; then
  while read -r _pid; do kill "$_pid" 2> /dev/null; done < .listeners
fi
"$_s6/s6-svscanctl" -t .
`;

/** `end`: what s6-svscan becomes when all services are down. */
export const END = scriptOf`
# Ends with the status of what failed first, or 0.
trap '' TERM INT QUIT HUP
_status=0
[ -s .status ] && read -r _status < .status
if [ $$ -eq 1 ]; then
  # Nobody else's processes are in a namespace whose first process this is.
  _turns=0
  kill -TERM -1 2> /dev/null
  while [ "$_turns" -lt 10 ] && kill -0 -1 2> /dev/null; do
    _turns=$((_turns + 1))
    sleep 0.05
  done
fi
_state=$PWD
_tree=$PWD/.tree
. .tree/lib.sh
if [ "$_by_hand" ]; then
  cd /
  rm -rf "$_state"
fi
exit "$_status"
`;
