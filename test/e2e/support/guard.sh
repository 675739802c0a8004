#!/bin/bash
# guard.sh FOLDER LOG COMMAND…: runs a server for as long as our standard input stays open.
#
# The test run holds the other end. However that ends, SIGKILL included, the pipe closes; then the
# server is stopped and its folder removed, and the next run starts from nothing.
folder=$1 log=$2
shift 2
trap '' INT HUP TERM
exec 3<&0 0</dev/null

(trap - INT HUP TERM; exec "$@") 3<&- >"$log" 2>&1 &
server=$!
cat <&3 >/dev/null 2>&1 &
reader=$!
wait -n "$server" "$reader"
status=$?

if kill -TERM "$server" 2>/dev/null; then
  for _ in $(seq 100); do
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$server" 2>/dev/null
fi
kill "$reader" 2>/dev/null
wait "$server" 2>/dev/null

# Whatever a killed engine left mounted inside goes first; other file systems are never entered.
grep -F " $folder/" /proc/self/mounts 2>/dev/null | cut -d' ' -f2 | sort -r |
  while read -r mount; do umount -l "$mount"; done 2>/dev/null
rm -rf --one-file-system "$folder" 2>/dev/null
rmdir "$(dirname "$folder")" 2>/dev/null
exit "$status"
