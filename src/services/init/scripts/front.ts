/** The scripts that are between an init and who runs it by hand. */
import { scriptOf } from "./script.ts";

/** `log.sh`: the output of an init that runs by hand. */
export const HAND_LOG = scriptOf`
# Makes the output a pipe, as it is in containers, where it is neither that nor a terminal: of a file
# or a socket, who opens /dev/stderr anew has no rights, or writes over what is there.
pipe_log() {
  if [ -p /proc/self/fd/1 ] || [ -c /proc/self/fd/1 ] || ! [ -e /proc/self/fd/1 ]; then return; fi
  mkfifo "$_state/.log" 2> /dev/null || return 0
  # Apart, so that it takes no signal of this process group, and hears the last that is said.
  if $_apart true 2> /dev/null; then set -- $_apart; else set --; fi
  "$@" cat < "$_state/.log" &
  _logger=$!
  exec > "$_state/.log"
}

# Waits until all that was said is in the log, unless somebody stays who may say more.
drain_log() {
  [ "$\{_logger-}" ] || return 0
  exec > /dev/null
  _turns=0
  while [ "$_turns" -lt 20 ] && is_alive "$_logger"; do
    _turns=$((_turns + 1))
    sleep 0.02
  done
}
`;

/** `front.sh`: stays in the place of s6-svscan, by hand. */
export const FRONT = scriptOf`
# Stays in the place of s6-svscan, which gets a session of its own: what is sent to the process group of
# this (^C, a shell's kill) reaches no program of s6, which would take it for an order.
_early=
for _one in TERM INT QUIT HUP USR1 USR2; do trap "_early=\"\$_early $_one\"" "$_one"; done
# Opened for both first, for each end waits for the other.
exec 4<> "$_state/.up" 3> "$_state/.up" 5< "$_state/.up" 4<&- 6<&0
(
  # Before anything runs that may want to end all.
  "$_shell" -c 'echo $PPID' > "$_state/.pid"
  exec $_apart "$_s6/s6-svscan" -d 3 "$_state" <&6 5<&- 6<&-
) &
_svscan=$!
exec 3>&- 6<&-
_seen=
until read -r _line <&5; do
  # A signal ends a read, too; else s6-svscan has ended before it began.
  if [ "$_early" = "$_seen" ]; then
    wait "$_svscan" 2> /dev/null
    _status=$?
    [ -z "$_early" ] || leave
    rm -rf "$_state"
    drain_log
    exit "$_status"
  fi
  _seen=$_early
done
exec 5<&-

# Hands a signal on, unless all is ending already.
pass_on() {
  _passed=1
  [ -d "$_state/.stopping" ] || kill "-$1" "$_svscan" 2> /dev/null
}
for _one in TERM INT QUIT HUP USR1 USR2; do trap "pass_on $_one" "$_one"; done
for _one in PWR $_early; do kill "-$_one" "$_svscan" 2> /dev/null; done

# A signal ends a wait as well; what has ended already is not waited for twice.
_status=
while :; do
  _passed=
  wait "$_svscan"
  _ended=$?
  if [ -z "$_status" ] || [ "$_ended" -ne 127 ]; then _status=$_ended; fi
  [ "$_passed" ] || { drain_log; exit "$_status"; }
done
`;
