/**
 * The text that all scripts of the init share. POSIX sh: dash, bash and busybox run it. Names begin with an
 * underscore, for the container's variables are those of the scripts as well.
 */
import { scriptOf } from "./script.ts";

/** `lib.sh`: sourced with `_tree` and `_state` set. */
export const LIB = scriptOf`
# What the scripts of the init share: _tree is the folder of this file, _state that of s6.
. "$_tree/tools.sh"
[ "$\{PATH+x}" ] && export PATH
_path=$\{PATH-} PATH=$_tools
# Below s6-svscan PATH is ours, and the one that the container was given stands here.
[ -r "$_state/.given" ] && . "$_state/.given"

# Sets _quoted to a word that eval reads as $1.
quote() {
  _rest=$1 _quoted=
  while :; do
    case $_rest in
      *\'*) _quoted=$_quoted$\{_rest%%\'*}"'\\''" _rest=$\{_rest#*\'} ;;
      *) break ;;
    esac
  done
  _quoted="'$_quoted$_rest'"
}

# Adds words to _words, which eval reads.
word() {
  for _one in "$@"; do
    quote "$_one"
    _words="$_words $_quoted"
  done
}

# Adds the words of a value: blanks part them, unless they are quoted.
split() {
  _ahead=$1 _part= _open= _begun=
  while [ "$_ahead" ]; do
    _char=$\{_ahead%"$\{_ahead#?}"} _ahead=$\{_ahead#?}
    case $_open$_char in
      \"\" | \'\') _open= ;;
      \"\\ | \\) _part=$_part$\{_ahead%"$\{_ahead#?}"} _ahead=$\{_ahead#?} _begun=1 ;;
      [\"\']?*) _part=$_part$_char ;;
      [\"\']) _open=$_char _begun=1 ;;
      [$_blanks])
        [ "$_begun" ] && word "$_part"
        _part= _begun= ;;
      *) _part=$_part$_char _begun=1 ;;
    esac
  done
  [ "$_begun" ] && word "$_part"
  return 0
}
_blanks=' 	
'

# Reads what a service is.
load() {
  _name=$1
  _user= _any_user= _group= _groups= _directory= _directory_optional= _limits= _nice= _umask=
  _restart=no _delay=0 _starts=5 _within=10 _success= _never= _always= _strict=
  _on_failure=end-container _ready=none _ready_limit= _kill_mode=group _stop_limit=5000
  _commands_before=0 _commands_after_start=0 _commands_stop=0 _commands_after_stop=0
  _commands_reload=0 _commands_start=1 _commands_condition=0 _transient= _forks= _start_limit=
  _stdout= _stderr= _ready_path= _ignores_hup= _time_left= _logger=
  set_environment() { :; }
  set_limits() { :; }
  make_folders() { :; }
  . "$_tree/services/$_name"
}

# Tells something in the container's log: where a service has a logger, the output is that one's.
say() {
  if [ "$\{_logger-}" ]; then echo "init: $*" >&2; else echo "init: $*"; fi
}

# Opens the output anew where it can be: who then lets no write wait for room (s6-log, node) does so for
# itself alone. Others, and the terminal of a command, share what the init was given.
own_output() {
  { command exec >> /proc/self/fd/1; } 2> /dev/null
}

# Sets _main to the main process of a service: one that it has named, or the one that s6 started. That
# one notes itself: s6 has been seen to say that nothing runs when a service had begun to speak.
find_main() {
  for _file in main group; do
    [ -s "$_state/$1/$_file" ] && read -r _main < "$_state/$1/$_file" || continue
    # Nothing but a number must ever get to kill.
    case $_main in '' | *[!0-9]*) continue ;; esac
    kill -0 "$_main" 2> /dev/null && return
  done
  _main=
  return 1
}

# Tells whether a process ($1) is there and has not ended: PID 1 may be late in forgetting one that has.
is_alive() {
  kill -0 "$1" 2> /dev/null || return 1
  read -r _stat 2> /dev/null < "/proc/$1/stat" || return 0
  case $\{_stat##*)} in ' Z'* | ' X'*) return 1 ;; esac
}

# Notes how far a service has come: ready, ended or failed.
mark() {
  echo "$2" > "$_state/.marks/$1"
}

# Sets _mark to that.
read_mark() {
  _mark=
  [ -r "$_state/.marks/$1" ] && read -r _mark < "$_state/.marks/$1"
}

# Tells whether all ends: a stop is under way, the status is there that it ends with, or all is over
# already and the folder gone, while this waited for its turn.
is_stopping() {
  [ -d "$_state/.stopping" ] || [ -e "$_state/.status" ] || [ ! -d "$_state" ]
}

# Ends the container with a status; the first one stays, and has ended it: another signal could meet
# what s6-svscan has become by then.
end_with() {
  # On a full disk it stays empty.
  (set -C; echo "$1" > "$_state/.status") 2> /dev/null || [ ! -s "$_state/.status" ] || return 0
  # By hand the folder is gone when all has ended meanwhile.
  read -r _pid 2> /dev/null < "$_state/.pid" || return 0
  kill -TERM "$_pid" 2> /dev/null
}

# Says why a service has failed ($1) and ends the container with $2, unless it is to go on.
fail() {
  say "$_name: $1"
  if [ "$\{S6_DONT_TERMINATE_ON_ERROR+x}" ]; then mark "$_name" failed
  elif [ "$_on_failure" = go-on ]; then
    mark "$_name" failed
    end_if_idle
  else
    # Before the mark, at which those that wait for it would start.
    end_with "$2"
    mark "$_name" failed
  fi
}

# Ends the container when there is nothing left that could run.
end_if_idle() {
  [ -e "$_state/.started" ] && [ ! -e "$_state/.command" ] || return 0
  . "$_tree/order.sh"
  for _other in $_long_runs; do
    read_mark "$_other"
    case $_mark in
      ended) ;;
      failed) [ "$\{S6_DONT_TERMINATE_ON_ERROR+x}" ] && return 0 ;;
      *) return 0 ;;
    esac
  done
  end_with 0
}

# Sets _self to the number of the user that this runs as.
read_ids() {
  _self=
  while read -r _field _self _rest; do
    [ "$_field" = Uid: ] && return
  done 2> /dev/null < /proc/self/status
  _self=$(id -u)
}

# Sets _now to seconds since some time, whatever clock is set meanwhile.
read_clock() {
  if [ -r /proc/uptime ]; then read -r _now _rest < /proc/uptime; else _now=$(date +%s); fi
  _now=$\{_now%.*}
}

# Sets _now to hundredths of a second; 0 where nothing says them.
read_fine_clock() {
  _now=0.00
  [ ! -r /proc/uptime ] || read -r _now _rest < /proc/uptime
  _now=$(($\{_now%.*} * 100 + 1$\{_now#*.} - 100))
}

# Waits for $1 milliseconds.
pause() {
  _fraction=$(($1 % 1000 + 1000))
  sleep "$(($1 / 1000)).$\{_fraction#1}"
}
`;
