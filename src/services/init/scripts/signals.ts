/** The programs for signals that do not stop all. */
import { HANDLER_HEAD, scriptOf } from "./script.ts";

/** `interrupt`: ^C stops all, unless a command has the terminal. */
export const INTERRUPT = scriptOf`
# ^C: the command's own affair, where there is one.
if [ -s .command.pid ]; then
  read -r _pid < .command.pid
  [ -t 0 ] || kill -INT "$_pid"
  exit 0
fi
exec ./.tree/stop
`;

/** `pass`: hands a signal to those services that have a handler for it. */
export const PASS =
  `# Hands the signal that is in the name of this program to the services that handle it.
_signal=\${0##*/SIG}
${HANDLER_HEAD}` + scriptOf`
case $_signal in HUP) _bit=1 ;; USR1) _bit=512 ;; USR2) _bit=2048 ;; esac

# Tells whether a process ($1) has a handler for the signal.
has_handler() {
  _caught=0
  while read -r _field _mask; do
    [ "$_field" = SigCgt: ] && _caught=$\{_mask#????????????}
  done < "/proc/$1/status"
  [ $((0x$_caught & _bit)) -ne 0 ]
}

for _name in $_services; do
  find_main "$_name" || continue
  load "$_name"
  if [ "$_signal" = HUP ] && [ "$_commands_reload" -gt 0 ]; then
    (
      . "$_tree/user.sh"
      export MAINPID="$_main"
      prepare
      run_commands reload
    ) || say "$_name: its reload failed"
  elif [ "$_signal$_ignores_hup" = HUP1 ]; then :
  elif has_handler "$_main" 2> /dev/null; then kill -"$_signal" "$_main"
  fi
done
`;
