#!/bin/sh
# Writes s6, busybox and hello of Debian to a folder, with a link for each program that busybox is:
# make-root.sh FOLDER
set -e
"$(dirname "$0")/../services/make-root.sh" "$1" s6 busybox hello
for name in $("$1/bin/busybox" --list); do
  [ -e "$1/bin/$name" ] || [ -L "$1/bin/$name" ] || ln -s busybox "$1/bin/$name"
done
# What nobody needs here: character sets, and translations of messages.
rm -rf "$1"/usr/lib/*/gconv "$1/usr/share"
