/** The programs that people and engines start: `entrypoint` in a container, `init` by hand. */
import { scriptOf } from "./script.ts";

/** `entrypoint`: `entrypoint [COMMAND…]`, the first program of a container. */
export const ENTRYPOINT = scriptOf`
# Starts the services of an image, and the command that is given, if any: entrypoint [COMMAND...]
# The first process of a container does not get what it has no handler for.
trap 'exit 0' TERM INT QUIT
_tree=$\{0%/*}
_state=/nonexistent
. "$_tree/begin.sh"
. "$_tree/lib.sh"
reset_signals "$@"
choose_state
begin "$@"
`;

/** `init`: the same outside a container, with a folder that must not be there. */
export const BY_HAND = scriptOf`
# Runs the services outside a container: init STATE-DIR
if [ $# -ne 1 ] || [ -z "$1" ]; then
  echo "usage: $0 STATE-DIR" >&2
  exit 2
fi
case $0 in /*) _tree=$\{0%/*} ;; */*) _tree=$PWD/$\{0%/*} ;; *) _tree=$PWD ;; esac
_state=/nonexistent
. "$_tree/begin.sh"
. "$_tree/lib.sh"
reset_signals "$@"
case $1 in /*) _state=$1 ;; *) _state=$PWD/$1 ;; esac
if [ -e "$_state" ] || [ -L "$_state" ]; then
  say "$1 is there already: name a folder that is not there" >&2
  exit 2
fi
_above=$\{_state%"$\{_state##*[!/]}"}
_above=$\{_above%/*}
[ -d "$\{_above:=/}" ] || {
  say "cannot make $1: there is no folder $_above" >&2
  exit 2
}
mkdir "$_state" 2> /dev/null || {
  say "cannot make $1: write to $_above as another user, or name another folder" >&2
  exit 2
}
shift
_by_hand=1
begin
`;

/** `begin.sh`: what both do. */
export const BEGIN = scriptOf`
# Makes the folder that s6 works in, and becomes s6-svscan.

# Starts again with INT and QUIT as they should be: a shell that starts this with & ignores them.
reset_signals() {
  [ "$\{_reset_once-}" ] && { unset _reset_once; return; }
  _ignored=0
  while read -r _field _mask; do
    [ "$_field" = SigIgn: ] && _ignored=$_mask
  done 2> /dev/null < /proc/$$/status
  case $_ignored in *[2367abefABEF]) ;; *) return ;; esac
  "$_env_program" --default-signal=INT,QUIT true 2> /dev/null || return 0
  [ "$_path" ] && PATH=$_path
  export _reset_once=1
  exec "$_env_program" --default-signal=INT,QUIT "$0" "$@"
}

# Sets _state to a folder that the init's user can make, whatever a container has mounted.
choose_state() {
  read_ids
  for _folder in /run/init /run /dev/shm /tmp; do
    [ -d "$_folder" ] && [ -w "$_folder" ] && [ -x "$_folder" ] || continue
    _state=$_folder/init.$_self
    # A container that starts again finds what its last run has left.
    if [ -e "$_state" ]; then
      if [ $$ -ne 1 ] && "$_s6/s6-svscanctl" -a "$_state" 2> /dev/null; then
        say "it runs already, in $_state" >&2
        exit 100
      fi
      rm -rf "$_state" 2> /dev/null
    fi
    mkdir "$_state" 2> /dev/null && return
  done
  say "no folder can be written to: mount one at /run (docker run --tmpfs /run)" >&2
  exit 100
}

# Keeps the variables whose names no shell can say, as words for env.
keep_odd() {
  [ -r "/proc/$$/environ" ] || return 0
  # One program says whether there are any; 2 is a grep that cannot.
  grep -qzv '^[A-Za-z_][A-Za-z0-9_]*=' "/proc/$$/environ" 2> /dev/null
  [ $? -eq 1 ] && return
  _odd=$(tr '\0\n' '\n\1' < "/proc/$$/environ" | grep -av '^[A-Za-z_][A-Za-z0-9_]*=' |
    grep -a '^[^=][^=]*=' | sed "s/'/'\\\\''/g; s/^/'/; s/\$/'/" | tr '\n\1' ' \n')
  [ "$_odd" ] && printf '%s' "$_odd" > "$_state/.odd"
  return 0
}

# Ends before there is anything to stop.
leave() {
  [ -z "$_by_hand" ] || rm -rf "$_state"
  exit 0
}

begin() {
  trap leave TERM INT QUIT
  _cwd=$PWD
  {
    cp -RP "$_tree/scan/." "$_state" && mkfifo "$_state/.up" &&
      { [ -e "$_state/.tree" ] || ln -s "$_tree" "$_state/.tree"; }
  } 2> /dev/null || {
    if [ "$_by_hand" ]; then
      rm -rf "$_state"
      say "cannot write to $_state: make space there, or name another folder" >&2
    else say "cannot write to $_state: make space there (docker run --tmpfs /run)" >&2; fi
    exit 100
  }
  keep_odd
  {
    quote "$_path"
    echo "_path=$_quoted"
    quote "$_cwd"
    echo "_cwd=$_quoted _by_hand=$\{_by_hand-}"
  } > "$_state/.given"
  if [ $# -gt 0 ]; then
    _words=
    word "$@"
    echo "set -- $_words" > "$_state/.command"
  fi
  export PATH="$_tools"
  # What a shell starts with & ignores INT and QUIT, unless something takes that back.
  _apart="$_env_program --default-signal=INT,QUIT $_s6/s6-setsid"
  if [ "$_by_hand" ]; then . "$_tree/log.sh"; pipe_log; fi
  if [ "$_by_hand" ] && $_apart true 2> /dev/null; then . "$_tree/front.sh"; fi
  echo $$ > "$_state/.pid"
  if [ -t 0 ] && [ $# -eq 0 ]; then take_keys; fi
  # s6-svscan says when it listens to signals; then the one that starts the services is sent.
  { read -r _line < "$_state/.up" && kill -PWR $$; } &
  exec 3> "$_state/.up"
  exec "$_s6/s6-svscan" -d 3 "$_state"
}

# Starts what gets the keys of a terminal (^C and the like) in place of the process group of this one:
# s6's own programs, which are in it, would take them for orders.
take_keys() (
  # Who is in the background may not take a terminal, unless it passes over what forbids it.
  trap '' TTOU
  $_apart -f -d 1 "$_shell" -c '
    trap "kill -INT $1" INT
    trap "kill -QUIT $1" QUIT
    while kill -0 $1; do sleep 60 & wait $!; done
  ' keys $$ 2> /dev/null &
)
`;
