/** The listener for what services say of themselves, as sd_notify(3) sends it. */
import { scriptOf } from "./script.ts";

/**
 * `notify.sh`: sourced by `start` when a service is to be heard. No shell can open a socket of
 * datagrams, but s6-socklog can: it prints each as a line, with a tilde for each end of a line in it.
 * @see https://www.freedesktop.org/software/systemd/man/252/sd_notify.html
 */
export const NOTIFY = scriptOf`
# Hears what services say to their sockets.

# Notes what the lines say that come from the socket of a service ($1).
hear() {
  cd "$1" || exit
  . "$_tree/main.sh"
  while IFS= read -r _said; do
    _said=$_said~ _is_ready=
    while [ "$_said" ]; do
      _value=$\{_said%%\~*} _said=$\{_said#*\~}
      case $_value in
        READY=1) _is_ready=1 ;;
        *=*[!0-9]* | *= | *=????????????????*) ;;
        MAINPID=*) is_own "$\{_value#*=}" && echo "$\{_value#*=}" > main ;;
        EXTEND_TIMEOUT_USEC=*) echo $(($\{_value#*=} / 1000)) > extended ;;
      esac
    done
    # Last: who waits for it acts on all that was said with it.
    [ -z "$_is_ready" ] || : > notified
  done
}

# Makes the socket of a service, to which its user may write.
listen_for() {
  rm -f "$1/notify"
  (
    "$_shell" -c 'echo $PPID' >> "$_state/.listeners"
    exec "$_s6/s6-socklog" -r -l 65536 -x "$_state/$1/notify" 2> /dev/null
  ) | hear "$1" &
  _listener=$!
  until [ -S "$1/notify" ]; do
    kill -0 "$_listener" 2> /dev/null || return 0
    sleep 0.02
  done
}
`;
