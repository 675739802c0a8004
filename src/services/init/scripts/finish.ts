/** The program that s6 runs when a service has ended. */
import { scriptOf } from "./script.ts";

/** `finish`: decides what the end of a service means; called with its status, or 256 and a signal. */
export const FINISH = scriptOf`
# Decides what the end of a service means: finish CODE SIGNAL.
_code=$1 _signal=$2
_state=$\{PWD%/*}
_tree=$_state/.tree
. "$_tree/lib.sh"
load "$\{PWD##*/}"
[ "$_logger" ] || exec 2>&1
_place=$PWD

# Starts it again after $1 milliseconds. s6 would not before a second is over, unless it is told.
start_soon() {
  : > again
  if [ "$1" -ge 1000 ]; then
    [ "$1" -eq 1000 ] || echo $(($1 - 1000)) > delay
    return
  fi
  (
    # This program has to end before.
    pause $(($1 + 20))
    for _turn in 1 2 3 4 5; do
      is_stopping && exit
      [ "$("$_s6/s6-svstat" -o wantedup,up . 2> /dev/null)" = 'true false' ] || exit
      # A start takes "again" away: what comes too late then starts nothing.
      [ -e again ] || exit
      : > told
      "$_s6/s6-svc" -u .
      pause 50
    done
  ) &
}

if [ -e late ]; then
  rm late
  exit 125
fi
# Asked first, for what is started again meanwhile is wanted.
_wanted=$("$_s6/s6-svstat" -o wantedup .)
# What it has said last may not have been heard yet.
_turns=0
while [ "$_ready:$_hears:$_wanted:$_code" = notify:1:true:0 ] && [ "$_turns" -lt 40 ]; do
  if [ -e notified ] || is_stopping; then break; fi
  _turns=$((_turns + 1))
  sleep 0.05
done
if [ "$_ready" = notify ] && [ -s main ] && [ "$_wanted" = true ] && ! is_stopping; then
  # It may have named another process as its own, which stays, and run stays with it.
  . "$_tree/main.sh"
  read -r _main < main
  if is_own "$_main"; then
    : > adopted
    start_soon 0
    exit 0
  fi
fi
[ "$_kill_mode" = none ] || . "$_tree/leftovers.sh"
# Its number may soon be another's.
: > group
[ -e adopted ] || [ ! -e main ] || rm main
if [ "$_commands_after_stop" -gt 0 ]; then
  (
    . "$_tree/user.sh"
    prepare
    if is_stopping; then run_limited after_stop $((_stop_limit / 2)); else run_commands after_stop; fi
  ) || say "$_name: what runs after its end failed"
fi
# What its user may not remove stays, empty: a folder that the image brings, a mount.
[ "$_transient" ] && eval "rm -rf -- $_transient" 2> /dev/null
is_stopping && exit 125
# Somebody has stopped it by hand.
if [ "$_wanted" = false ]; then
  mark "$_name" ended
  exit 0
fi
if [ -e skipped ]; then
  rm skipped
  mark "$_name" ended
  end_if_idle
  exit 125
fi

# Tells whether a list ($1) has this end.
has_end() {
  for _one in $1; do
    case $_one in
      "$_code") return 0 ;;
      SIG*) [ "$_code" -eq 256 ] && [ "$_one" = "SIG$(kill -l "$_signal")" ] && return 0 ;;
    esac
  done
  return 1
}

if [ "$_code" -eq 256 ]; then
  _status=$((128 + _signal)) _why="was killed by SIG$(kill -l "$_signal")"
  _cause=abort
  # HUP, INT, PIPE and TERM, as systemd has it.
  case $_strict$_type:$_signal in long-run:1 | long-run:2 | long-run:13 | long-run:15) _cause=clean ;; esac
else
  _status=$_code _why="ended with status $_code" _cause=code
  [ "$_code" -eq 0 ] && _cause=clean
fi
has_end "$_success" && _cause=clean

_again=
case $_restart:$_cause in
  always:* | on-success:clean | on-failure:code | on-failure:abort | on-abnormal:abort | \
    on-abort:abort) _again=1 ;;
esac
has_end "$_always" && _again=1
has_end "$_never" && _again=

if [ "$_again" ]; then
  read_clock
  _count=0
  while read -r _start; do
    [ $((_now - _start)) -lt "$_within" ] && _count=$((_count + 1))
  done < starts
  if [ "$_starts" -eq 0 ] || [ "$_count" -lt "$_starts" ]; then
    start_soon "$_delay"
    [ "$_count" -gt 50 ] && : > starts
    exit 0
  fi
  [ "$_cause" = clean ] && _status=1
  fail "it $_why, for the $\{_count}th time in $_within seconds, and is not started again" "$_status"
  exit 125
fi
if [ "$_cause" = clean ]; then
  if [ "$_type" = long-run ]; then mark "$_name" ended; end_if_idle
  elif [ "$_commands_after_start" -eq 0 ]; then mark "$_name" ended
  else : > done
  fi
else
  fail "it $_why" "$_status"
fi
exit 125
`;

/** `leftovers.sh`: ends what a service has started and left behind. */
export const LEFTOVERS = scriptOf`
# Ends what is left of the process groups of a service: TERM, then KILL.

# Tells whether a process of a group ($1) has not ended yet, and keeps them in _living: kill counts those
# that PID 1 has still to forget, and that may take it long.
has_living() {
  for _one in $_living; do
    is_alive "$_one" && return
  done
  _living=
  kill -0 "-$1" || return 1
  [ -r /proc/self/stat ] || return 0
  for _one in /proc/[0-9]*; do
    read -r _stat < "$_one/stat" || continue
    # Its state, its parent and its group.
    set -- "$1" $\{_stat##*)}
    case $2:$4 in [ZX]:*) ;; *:"$1") _living="$_living $\{_one#/proc/}" ;; esac
  done
  [ "$_living" ]
}

# Many services that stop one after the other have less than a second each.
_most=$((_stop_limit / 100))
[ "$_most" -lt 20 ] || _most=20
if [ -s stopping ]; then
  # They share the time of the service, and have a moment where it has taken all of that.
  read -r _began < stopping
  read_fine_clock
  _turns=$(((_stop_limit / 10 - _now + _began) / 5))
  [ "$_most" -lt "$_turns" ] || _most=$_turns
  [ "$_most" -gt 2 ] || _most=2
fi
while read -r _group_id; do
  if [ "$_kill_mode" = group ] && kill -TERM "-$_group_id"; then
    _turns=0 _living=
    while [ "$_turns" -lt "$_most" ] && has_living "$_group_id"; do
      _turns=$((_turns + 1))
      sleep 0.05
    done
  fi
  [ "$_kill_mode" = main ] || kill -KILL "-$_group_id"
done 2> /dev/null < group
:
`;
