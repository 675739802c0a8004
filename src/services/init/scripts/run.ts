/** The programs that s6 runs as a service and as its logger: each becomes what the service names. */
import { scriptOf } from "./script.ts";

/** `run`: begins a service, in its folder, and becomes it. */
export const RUN = scriptOf`
# Starts the service whose folder this is, and becomes it.
_state=$\{PWD%/*}
_tree=$_state/.tree
. "$_tree/lib.sh"
. "$_tree/user.sh"
load "$\{PWD##*/}"
if [ -z "$_logger" ]; then
  own_output
  exec 2>&1
fi
_place=$PWD
is_stopping && exit
if [ -e told ] && [ ! -e again ]; then
  # It was told to start again after it had done so, and has come to its end.
  rm told
  : > late
  exit
fi
for _one in again told; do [ ! -e "$_one" ] || rm "$_one"; done
echo $$ > group
if [ -e adopted ]; then
  rm adopted
  read -r _main < main
  . "$_tree/main.sh"
  stay
fi
for _one in main notified; do [ ! -e "$_one" ] || rm "$_one"; done
if [ -s delay ]; then
  read -r _delay < delay
  rm -f delay
  pause "$_delay"
fi
read_clock
echo "$_now" >> starts
prepare
run_commands condition || { : > "$_place/skipped"; exit 0; }
case $_forks$_ready in 1* | notify) echo "$\{_uid:-0}" > "$_place/uid" ;; esac
[ "$_ready" = notify ] && [ "$_hears" ] && export NOTIFY_SOCKET="$_place/notify"
run_commands before || exit
[ "$_start_limit" ] && limit_start
open_places
case $_forks:$_commands_start in
  1:*)
    . "$_tree/main.sh"
    fork_main
    stay ;;
  *:1) become_command start_1 ;;
  *) run_commands start ;;
esac
`;

/** `log`: the program that gets the output of a service. */
export const LOG = scriptOf`
# Hands the output of a service to its logger, or writes it with the service's name.
_state=$\{PWD%/*/*}
_tree=$_state/.tree
_name=$\{PWD%/log} _name=$\{_name##*/}
. "$_tree/lib.sh"
. "$_tree/user.sh"
load "$_name"
own_output
exec 2>&1
_user= _group= _groups=
set_limits() { :; }
prepare
case $_logger in
  command) become_command logger ;;
  *) exec "$_s6/s6-log" -b -- "p$_name:" 1 ;;
esac
`;

/** `log-end`: called when a logger has ended; s6 starts it again. */
export const LOG_END = scriptOf`
# Tells once of a logger that ends again and again: log-end CODE SIGNAL.
_state=$\{PWD%/*/*}
_tree=$_state/.tree
. "$_tree/lib.sh"
[ -e told ] || is_stopping && exit
read_clock
echo "$_now" >> ends
_count=0
while read -r _end; do
  [ $((_now - _end)) -lt 10 ] && _count=$((_count + 1))
done < ends
[ "$_count" -ge 5 ] || exit 0
: > told
_name=$\{PWD%/log} _name=$\{_name##*/} _why="with status $1"
[ "$1" -ne 256 ] || _why="by SIG$(kill -l "$2")"
say "$_name: its logger ends again and again ($_why), and its output is kept back until one reads it"
`;
