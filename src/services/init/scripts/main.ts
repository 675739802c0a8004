/** Scripts for services whose main process is another one than s6 has started. */
import { scriptOf } from "./script.ts";

/**
 * `main.sh`: sourced by `run` and `finish`, in the folder of a service. The file `main` has the number
 * of its main process, `uid` that of its user, and `group` the process groups that end with it.
 */
export const MAIN = scriptOf`
# Finds the main process of a service that has forked, and stays in its place.

# Tells whether a process ($1) runs, and as the service's user: nobody may name those of others.
is_own() {
  case $1 in '' | *[!0-9]* | 0* | 1) return 1 ;; esac
  _owner= _needed=0
  while read -r _field _owner _rest; do
    [ "$_field" = Uid: ] && break
  done 2> /dev/null < "/proc/$1/status" || return 1
  [ -s uid ] && read -r _needed < uid
  [ "$_needed" -eq 0 ] || [ "$_owner" = "$_needed" ]
}

# Reads what everybody may know of a process ($1): its name, parent, group, and when it began.
read_facts() {
  read -r _stat 2> /dev/null < "/proc/$1/stat" || return 1
  _title=$\{_stat#*\(} _title=$\{_title%)*}
  set -- $\{_stat##*)}
  _parent=$2 _group_id=$3 _since=$\{20}
}

# Notes the process group of a process ($1), which ends with the service.
note_group() {
  read_facts "$1" && echo "$_group_id" >> group
}

# Sets _main to the process in a file that a daemon writes ($1).
await_file() {
  _waited=0
  until [ -s "$1" ] && read -r _main < "$1" && is_own "$_main"; do
    # A little later than what waits for the service, and says so.
    if [ "$_waited" -gt $(($\{_ready_limit:-90000} + 2000)) ]; then
      say "$_name: $1 has not come to name a process of its own"
      exit 1
    fi
    pause 50
    _waited=$((_waited + 50))
  done
}

# Sets _main to the first of the processes that have a word ($1) among their variables.
guess_main() {
  _all=" $(grep -ls "$1" /proc/[0-9]*/environ | tr -dc '0-9\n' | tr '\n' ' ')"
  for _main in $_all; do
    read_facts "$_main" || continue
    case $_all in *" $_parent "*) ;; *) return ;; esac
  done
  guess_by_name && return
  say "$_name: its process is not found, for it has forked: PIDFile= would name it"
  exit 1
}

# Sets _main to an orphan that has the name of a program in the service's command and is younger than
# this: the variables of a process that has become another user may be hidden from us.
guess_by_name() {
  _words= _wanted=" "
  start_1
  eval "set -- $_words"
  set -f
  for _part in $*; do
    # The kernel knows fifteen letters of a name.
    _part=$\{_part##*/} _rest=$\{_part#???????????????}
    [ "$_rest" = "$_part" ] || _part=$\{_part%"$_rest"}
    _wanted="$_wanted$_part "
  done
  set +f
  read -r _reaper < "$_state/.pid"
  read_facts $$ && _begun=$_since
  for _one in /proc/[0-9]*; do
    _main=$\{_one#/proc/}
    read_facts "$_main" && [ "$_since" -ge "$_begun" ] || continue
    case $_parent:$_wanted in 1:*" $_title "* | "$_reaper:"*" $_title "*) return ;; esac
  done
  return 1
}

# Starts what forks, and finds its process.
fork_main() {
  [ -z "$_ready_path" ] || rm -f "$_ready_path"
  _word=NIXOCI_SERVICE=$_name:$$:
  export "$_word"
  run_commands start || exit
  unset NIXOCI_SERVICE
  cd "$_place"
  if [ "$_ready_path" ]; then await_file "$_ready_path"; else guess_main "$_word"; fi
  echo "$_main" > main
}

# Stays for the main process (_main) until it ends, and hands the signal on that stops it.
stay() {
  note_group "$_main"
  for _one in TERM "$_stop_signal"; do
    case $_one in RT* | KILL | STOP) ;; *) trap 'kill -"$_stop_signal" "$_main" 2> /dev/null' "$_one" ;; esac
  done
  while is_alive "$_main"; do
    sleep 0.25 &
    wait $!
  done
  is_stopping && exit 0
  [ "$("$_s6/s6-svstat" -o wantedup .)" = true ] || exit 0
  say "$_name: its process $_main has ended, and not this one's child: nobody knows with which status"
  exit 1
}
`;
