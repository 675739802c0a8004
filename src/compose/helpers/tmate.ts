/** Programs that let people into a container where a job fails: a session of tmate, and a shell for jobs. */
import type { MadeEntry } from "../../recipe/mod.ts";
import { scriptOf } from "../../services/init/scripts/script.ts";
import { createLink } from "./links.ts";

/**
 * Makes `/bin/start-tmate` and `/bin/bash-tmate`.
 * @param tmate the store path that has `bin/tmate`, or the program itself.
 * @example
 * ```ts
 * import { makeTmatePrograms } from "nixoci";
 * const made = makeTmatePrograms(`/nix/store/${"a".repeat(32)}-tmate`);
 * console.log(made.map(({ path }) => path).join()); // /bin/tmate,/bin/start-tmate,/bin/bash-tmate
 * ```
 */
export function makeTmatePrograms(tmate: string): MadeEntry[] {
  const program = (name: string, content: string): MadeEntry => ({
    type: "file",
    path: `/bin/${name}`,
    content,
    mode: 0o755,
  });
  return [
    createLink("/bin/tmate", tmate, "bin/tmate"),
    program("start-tmate", START_TMATE),
    program("bash-tmate", BASH_TMATE),
  ];
}

/**
 * tmate alone would wait without end for a server that does not answer, start its shell again when that
 * ends, and read the settings of the user.
 */
const START_TMATE = scriptOf`
#!/bin/sh
# Starts a tmate session, prints its address, and ends when nobody has been in it for a while.
set -eu

case $\{1-} in
  -h | --help)
    echo "Usage: start-tmate [SECONDS]"
    echo "  ends when nobody was connected for SECONDS (60)"
    echo "  TMATE_SERVER_HOST, _PORT, _RSA_FINGERPRINT and _ED25519_FINGERPRINT name a server of your own,"
    echo "  TMATE_TIMEOUT the seconds to wait for it (60)"
    exit 0 ;;
esac
idle_limit=$\{1:-60}
start_limit=$\{TMATE_TIMEOUT:-60}
for number in "$idle_limit" "$start_limit"; do
  case $number in
    *[!0-9]*) echo "start-tmate: $number is not a number of seconds" >&2; exit 2 ;;
  esac
done

folder=$(mktemp -d)
socket=$folder/socket
log=$folder/log
server=
stop() {
  tmate -S "$socket" kill-server > "$folder/stop" 2>&1 || :
  [ -z "$server" ] || kill "$server" 2> /dev/null || :
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

{
  echo "set -g tmate-foreground-restart 0"
  [ -z "$\{TMATE_SERVER_HOST-}" ] || echo "set -g tmate-server-host \"$TMATE_SERVER_HOST\""
  [ -z "$\{TMATE_SERVER_PORT-}" ] || echo "set -g tmate-server-port $TMATE_SERVER_PORT"
  [ -z "$\{TMATE_SERVER_RSA_FINGERPRINT-}" ] ||
    echo "set -g tmate-server-rsa-fingerprint \"$TMATE_SERVER_RSA_FINGERPRINT\""
  [ -z "$\{TMATE_SERVER_ED25519_FINGERPRINT-}" ] ||
    echo "set -g tmate-server-ed25519-fingerprint \"$TMATE_SERVER_ED25519_FINGERPRINT\""
} > "$folder/settings"

echo "Starting a tmate session; it ends when nobody was connected for $idle_limit seconds"
tmate -S "$socket" -f "$folder/settings" -F new-session "$\{TMATE_SHELL:-bash}" > "$log" 2>&1 < /dev/null &
server=$!

# The wait has a limit of its own, for the server may be out of reach.
tmate -S "$socket" wait tmate-ready > "$folder/wait" 2>&1 &
ready=$!
waited=0
while kill -0 "$ready" 2> /dev/null || ! [ -S "$socket" ]; do
  if [ "$waited" -ge "$start_limit" ] || ! kill -0 "$server" 2> /dev/null; then
    kill "$ready" 2> /dev/null || :
    echo "start-tmate: no session within $waited seconds; tmate said:" >&2
    tail -n 5 "$log" >&2
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
  if ! kill -0 "$ready" 2> /dev/null && ! wait "$ready"; then
    # It came before the socket.
    tmate -S "$socket" wait tmate-ready > "$folder/wait" 2>&1 &
    ready=$!
  fi
done

# A server without tmate's websockets does not count who is there: then what moves is somebody.
look() { tmate -S "$socket" display -p '#{tmate_num_clients}:#{window_activity}' 2> /dev/null || echo 0:; }
idle=0
seen=$(look)
while [ -S "$socket" ] && kill -0 "$server" 2> /dev/null && [ "$idle" -lt "$idle_limit" ]; do
  tmate -S "$socket" display -p '#{tmate_ssh}' || break
  sleep 5
  last=$\{seen#*:}
  seen=$(look)
  case $seen in 0:* | :"$last") idle=$((idle + 5)) ;; *) idle=0 ;; esac
done
echo "Ending the tmate session"
`;

/** It is a shell for jobs: the exit status is that of the command, whatever becomes of the session. */
const BASH_TMATE = scriptOf`
#!/bin/sh
# Runs bash -eo pipefail, and lets people in where it fails: a shell for jobs.
status=0
bash -eo pipefail "$@" || status=$?
[ "$status" -eq 0 ] && exit 0
echo "bash-tmate: the command failed ($status): bash $*" >&2
start-tmate || echo "bash-tmate: nobody can be let in" >&2
exit "$status"
`;
