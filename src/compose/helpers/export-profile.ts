/** A program that makes the root of a final stage from a profile: POSIX shell and Nix, no more. */
import type { MadeEntry } from "../../recipe/mod.ts";
import { scriptOf } from "../../services/init/scripts/script.ts";

/**
 * Makes `/bin/export-profile`, which writes a profile with all that it needs to a new folder: its files
 * have links in `/run/profile`, those of its `etc` in `/etc`, and `/usr/bin/env` and `/bin/sh` are there
 * where it has them.
 * @example
 * ```ts
 * import { makeExportProfile } from "nixoci";
 * console.log(makeExportProfile()[0]?.path); // /bin/export-profile
 * ```
 */
export function makeExportProfile(): MadeEntry[] {
  return [{ type: "file", path: "/bin/export-profile", content: EXPORT_PROFILE, mode: 0o755 }];
}

/** Everything goes to a folder beside ROOT, which is renamed when all of it is there. */
const EXPORT_PROFILE = scriptOf`
#!/bin/sh
# Writes what nix-env has installed, and all that it needs, to a new folder: the root of a last stage.
set -eu

fail() {
  echo "export-profile: $*" >&2
  exit 1
}

# Of what cp said: it says it of each file.
first_line() {
  echo "$\{said%%"$newline"*}"
}
newline='
'

usage() {
  echo "Usage: export-profile ROOT"
  echo "  writes the default profile (or \$NIX_PROFILE) with all that it needs to the new folder ROOT:"
  echo "  /run/profile, /etc, /usr/bin/env, /bin/sh and /nix/store, for COPY --from=build ROOT /"
}

case $\{1-} in
  -h | --help) usage; exit 0 ;;
esac
[ $# -eq 1 ] && [ -n "$1" ] || { usage >&2; exit 2; }
case $1 in
  /*) root=$1 ;;
  *) root=$PWD/$1 ;;
esac
while [ "$root" != "$\{root%/}" ]; do root=$\{root%/}; done
[ -n "$root" ] || fail "/ is there already: name a new folder"
[ ! -e "$root" ] && [ ! -L "$root" ] || fail "$1 is there already: name a new folder"

profile=$\{NIX_PROFILE:-$\{HOME-}/.nix-profile}
real=$(readlink -f "$profile") && [ -d "$real" ] ||
  fail "$profile is not a profile: install something with nix-env first, or set NIX_PROFILE"
case $real in
  /nix/store/*/*) fail "$profile leads into $real: name the profile itself" ;;
  /nix/store/*) ;;
  *) fail "$profile leads to $real, which is not in /nix/store" ;;
esac

undo() {
  chmod -R u+w "$part" 2> /dev/null || :
  rm -rf "$part"
}
mkdir -p "$(dirname "$root")" || fail "cannot make the folder above $1"
# Those that were killed could not clean up.
for part in "$root".part-*; do
  [ ! -d "$part" ] || kill -0 "$\{part##*-}" 2> /dev/null || undo
done
part=$root.part-$$
mkdir "$part" || fail "cannot make $part"
trap undo EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Makes folder $2 of folder $1, whose real path is $3: files are links, and what links lead to folders of
# the store are folders. $4 has the real paths of the folders above it that such links are in.
farm() {
  said=$(cp -R -H -s "$1" "$2" 2>&1 && chmod -R 755 "$2" 2>&1) || fail "cannot link the files of $1: $(first_line)"
  mend "$@"
}

# Mends the links in folder $2 whose files are links themselves. What leads nowhere stays as it is; what
# leads out of the store, or to a folder around itself, has a link like any file.
mend() {
  for one in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if [ ! -L "$one" ]; then
      [ ! -d "$one" ] || mend "$one" "$2/$\{one##*/}" "$3/$\{one##*/}" "$4"
    elif [ -d "$one" ]; then
      target=$(readlink -f "$one")
      case $target/ in /nix/store/?*) ;; *) continue ;; esac
      case "$4|$3/" in *"|$target/"*) continue ;; esac
      rm "$2/$\{one##*/}"
      farm "$one" "$2/$\{one##*/}" "$target" "$4|$3/"
    elif [ ! -e "$one" ]; then
      rm "$2/$\{one##*/}"
      cp -P "$one" "$2/"
    fi
  done
}

mkdir "$part/run"
farm "$real" "$part/run/profile" "$real" ""
etc=$(readlink -f "$real/etc") || etc=
case $etc in
  /nix/store/?*) [ ! -d "$etc" ] || farm "$real/etc" "$part/etc" "$etc" "" ;;
esac
for place in usr/bin/env bin/sh; do
  program=$real/bin/$\{place##*/}
  [ -x "$program" ] || continue
  mkdir -p "$part/$\{place%/*}"
  ln -s "$program" "$part/$place"
done

mkdir -p "$part/nix/store"
paths=$(nix-store --query --requisites "$real") || fail "Nix does not know $real"
said=$(cp -R -P -p $paths "$part/nix/store/" 2>&1) || fail "cannot copy what $real refers to: $(first_line)"
chmod 755 "$part" "$part/nix" "$part/nix/store"

[ ! -e "$root" ] || fail "$1 has come meanwhile"
mv "$part" "$root" || fail "cannot rename $part to $1"
trap - EXIT
`;
