/** Starts services, and the command that the container was given. */
import { HANDLER_HEAD, scriptOf } from "./script.ts";

/** `start`: starts services as those that they wait for are ready, then the container's command. */
export const START = `# Starts the services, each when those are ready that it is after.
mkdir .begun 2> /dev/null || exit 0
${HANDLER_HEAD}` + scriptOf`
{ . "$_tree/ready.sh"; } 2> /dev/null

# Sets _watch to what follows the start of the loaded service, and marks it.
choose_watch() {
  _watch=
  case $_type:$_ready:$_commands_after_start in
    long-run:none:0 | oneshot:*:0) ;;
    long-run:*) _watch=watch ;;
    *) _watch=watch_end ;;
  esac
}

# Starts a service that has waited for others.
start_service() {
  load "$1"
  if [ "$_ready" = notify ] && [ "$_hears" ]; then
    . "$_tree/notify.sh"
    listen_for "$1"
  fi
  choose_watch
  # Marked before it runs, for its end may come at once.
  case $_type:$_watch in long-run:) mark "$1" ready ;; esac
  # s6 may not have begun to watch its folder. s6-svok would not do: it has been seen to say yes
  # a moment before s6-svc found nobody.
  until "$_s6/s6-svc" -u "$1" 2> /dev/null; do
    is_stopping && exit
    sleep 0.02
  done
  # No list with || here: all of it would be a process of its own.
  if [ "$_watch" ]; then "$_watch" "$1" & fi
}

# Sets _go to yes, wait or never.
weigh() {
  _after= _requires= _go=yes
  needs_of "$1"
  for _other in $_after; do
    read_mark "$_other"
    [ "$_mark" ] || _go=wait
    [ "$_mark" = failed ] || continue
    case " $_requires " in *" $_other "*) _go=never; return ;; esac
  done
}

# These s6 has started by itself, and what is ready with its start is marked.
for _name in $_at_once; do
  load "$_name"
  choose_watch
  if [ "$_watch" ]; then "$_watch" "$_name" & fi
done
_left=$_waiting
while [ "$_left" ]; do
  _later= _moved=
  for _name in $_left; do
    weigh "$_name"
    case $_go in
      yes) start_service "$_name"; _moved=1 ;;
      wait) _later="$_later $_name" ;;
      never) load "$_name"; fail "it needs $_other, which has failed" 1; _moved=1 ;;
    esac
  done
  _left=$_later
  [ "$_moved" ] || sleep 0.03
  is_stopping && exit
done
for _name in $_services; do
  until read_mark "$_name"; [ "$_mark" ]; do
    is_stopping && exit
    sleep 0.03
  done
done
: > .started
# A new shell, which has no jobs to tell of on a terminal.
[ ! -e .command ] || exec ./.tree/command
end_if_idle
`;

/** `command`: runs the container's command beside the services, and ends with it. */
export const COMMAND = scriptOf`
# Runs the command that the container was given; the container ends with it.
_state=$PWD
_tree=$_state/.tree
. "$_tree/lib.sh"
. "$_state/.command"
_odd=
[ -r "$_state/.odd" ] && _odd=$(cat "$_state/.odd")
[ "$_odd" ] && _odd="$_env_program $_odd"
# On a terminal it gets ^C, and nobody else does.
if [ -t 0 ]; then set -m; fi
trap : INT QUIT TERM HUP
(
  "$_shell" -c 'echo $PPID' > .command.pid
  cd "$_cwd" || cd /
  PATH=$_path
  eval "exec $_odd "'"$@"'
)
_status=$?
set +m
is_stopping || end_with "$_status"
`;
