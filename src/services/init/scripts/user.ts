/** The script that becomes a service's user, and runs its commands. */
import { COMMANDS } from "./commands.ts";
import { scriptOf } from "./script.ts";

/** `user.sh`: sourced after `lib.sh`, once a service is loaded. */
export const USER = scriptOf`
# How commands run as a service has it: its user, its variables, its limits.

# Reads a file of variables; few services have one.
read_variables() {
  . "$_tree/variables.sh"
  read_variables "$@"
}

# Finds the line of a name or number ($2) in a file of users or groups ($1): _f1 to _f7.
find_line() {
  [ -r "$1" ] || return 1
  while IFS=: read -r _f1 _f2 _f3 _f4 _f5 _f6 _f7; do
    [ "$_f1" = "$2" ] && return 0
  done < "$1"
  case $2 in '' | *[!0-9]*) return 1 ;; esac
  while IFS=: read -r _f1 _f2 _f3 _f4 _f5 _f6 _f7; do
    [ "$_f3" = "$2" ] && return 0
  done < "$1"
  return 1
}

# Sets _gid to the number of a group.
find_group() {
  if find_line /etc/group "$1"; then _gid=$_f3; return; fi
  case $1 in
    *[!0-9]*) say "$_name: there is no group $1 in /etc/group"; exit 1 ;;
    *) _gid=$1 ;;
  esac
}

# Adds a number to _ids, once.
add_id() {
  case ,$_ids, in *,$1,*) ;; *) _ids=$_ids$\{_ids:+,}$1 ;; esac
}

# Sets _ids to the numbers of all groups of a user.
list_groups() {
  _ids=
  add_id "$_gid"
  for _one in $_groups; do
    _kept=$_gid
    find_group "$_one"
    add_id "$_gid"
    _gid=$_kept
  done
  [ "$1" ] && [ -r /etc/group ] || return 0
  while IFS=: read -r _f1 _f2 _f3 _f4; do
    case ,$_f4, in *,$1,*) add_id "$_f3" ;; esac
  done < /etc/group
}

# Sets _become to the words that make a command run as the service's user, and the variables of it.
find_user() {
  _become= _uid= _gid=
  [ "$_user$_group$_groups" ] || return 0
  _login=
  read_ids
  # A user that only the image knows is not worth an end: who cannot become it stays.
  if [ "$_any_user" ] && [ "$_self" -ne 0 ]; then return; fi
  if [ -z "$_user" ]; then _uid=$_self _gid=$(id -g)
  elif find_line /etc/passwd "$_user"; then
    _login=$_f1 _uid=$_f3 _gid=$_f4
    export HOME="$_f6" USER="$_f1" LOGNAME="$_f1" SHELL="$\{_f7:-/bin/sh}"
  else
    case $_user in
      *[!0-9]*) say "$_name: there is no user $_user in /etc/passwd"; exit 1 ;;
      *) _uid=$_user _gid=$_user; export HOME=/ ;;
    esac
  fi
  [ "$_group" ] && find_group "$_group"
  if [ "$_self" -eq 0 ]; then
    list_groups "$_login"
    # It may open /dev/stdout and /dev/stderr again, which are a pipe of the init's.
    [ -p /proc/self/fd/1 ] && chmod a+w /proc/self/fd/1 2> /dev/null
    [ "$_uid" -eq 0 ] && [ "$_gid" -eq 0 ] && [ "$_ids" = 0 ] && return 0
    _become="$_s6/s6-applyuidgid -u $_uid -g $_gid -G $_ids"
  elif [ "$_uid" -ne "$_self" ]; then
    say "$_name: it runs as user $_user, and the init is user $_self, which cannot become another:" \
      "start the container as root, or leave the service's user out"
    exit 1
  fi
}

# Makes a folder ($1) with a mode ($2) for the service's user.
make_folder() {
  if ! _why=$({ mkdir -p "$1" && chmod "$2" "$1"; } 2>&1); then
    say "$_name: cannot make $1: $\{_why##*: }"
    exit 1
  fi
  [ -z "$_become" ] || [ "$3" ] || chown "$_uid:$_gid" "$1"
}

# Adds a limit of resources ($1, letter $2, soft $3, hard $4); one that is more than the container's
# own becomes that, as systemd has it.
limit() {
  _try="$_s6/s6-softlimit -$2 $3"
  # First the hard one, for s6-softlimit sets the soft one with it.
  [ "$4" = = ] || _try="$_s6/s6-softlimit -H -$2 $4 $_try"
  if ! $_try "$_shell" -c : 2> /dev/null; then
    say "$_name: its limit $1 is more than the container has, and becomes that"
    _try="$_s6/s6-softlimit -$2 ="
  fi
  _limits="$_limits $_try"
}

# Sets variables, limits and folders for the commands of a service.
prepare() {
  find_user
  _odd=
  [ -r "$_state/.odd" ] && _odd=$(cat "$_state/.odd")
  set_environment
  set_limits
  make_folders
  [ "$_umask" ] && umask "$_umask"
  _chain=
  [ "$_nice" ] && [ "$_nice_program" ] && _chain="$_nice_program -n $_nice"
  # systemd's word for the home of its user.
  [ "$_directory" != '~' ] || _directory=$\{HOME:-/}
  cd "$\{_directory:-$_cwd}" 2> /dev/null && return
  [ -z "$_directory" ] && cd / && return
  if [ -z "$_directory_optional" ]; then
    say "$_name: its working directory $_directory cannot be entered"
    exit 1
  fi
  return 0
}

# Opens the files that a service writes to instead of the log.
open_places() {
  case $_stdout in
    '') ;;
    +*) exec >> "$\{_stdout#+}" ;;
    *) exec > "$_stdout" ;;
  esac
  case $_stderr in
    '') [ -z "$_stdout" ] || exec 2>&1 ;;
    log) ;;
    +*) exec 2>> "$\{_stderr#+}" ;;
    *) exec 2> "$_stderr" ;;
  esac
}

` + COMMANDS;
