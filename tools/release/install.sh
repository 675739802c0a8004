#!/bin/sh
# Installs the single binary of a release for this machine: VERSION and FOLDER from the environment or as
# words. Nothing is put there before its sum was checked and it has run. Made for pipelines; it asks nothing.
set -eu
version=${1:-${NIXOCI_VERSION:-}}
folder=${2:-${NIXOCI_FOLDER:-/usr/local/bin}}
releases=${NIXOCI_RELEASES:-https://github.com/nixoci/nixoci/releases/download}

fail() {
  echo "nixoci: Cannot install: $*" >&2
  exit 1
}

[ -n "$version" ] || fail "say which version: install.sh 0.1.0 FOLDER"
version=${version#v}

# Fetches URL into FILE.
fetch() {
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"
  else
    wget -q -O "$2" "$1"
  fi
}

# The runner's name of the machine, else the kernel's.
case "${RUNNER_ARCH:-$(uname -m)}" in
X64 | x86_64 | amd64) machine=x64 ;;
ARM64 | aarch64 | arm64) machine=arm64 ;;
*) fail "there is no binary for ${RUNNER_ARCH:-$(uname -m)}; install it with npm" ;;
esac
[ "${RUNNER_OS:-$(uname -s)}" = Linux ] || fail "there is no binary for ${RUNNER_OS:-$(uname -s)}; install it with npm"
command -v curl >/dev/null || command -v wget >/dev/null ||
  fail "there is neither curl nor wget; install one of them"

{ mkdir -p "$folder" && [ -w "$folder" ]; } 2>/dev/null ||
  fail "$folder cannot be written; name another folder, or be root"
[ ! -d "$folder/nixoci" ] || fail "$folder/nixoci is a directory; name another folder"

scratch=$(mktemp -d)
new=$folder/nixoci.new
trap 'rm -rf "$scratch" "$new"' EXIT
trap 'exit 1' HUP INT TERM
name=nixoci-linux-$machine
for file in "$name" SHA256SUMS; do
  fetch "$releases/v$version/$file" "$scratch/$file" || fail "$releases/v$version/$file cannot be fetched"
done
# A sum that the caller pins (NIXOCI_SHA256) counts, and not only the one beside the file.
[ -z "${NIXOCI_SHA256:-}" ] || echo "$NIXOCI_SHA256  $name" >"$scratch/SHA256SUMS"
(cd "$scratch" && grep " $name\$" SHA256SUMS | sha256sum -c - >/dev/null 2>&1) ||
  fail "$name has another sum than it is to have"
install -m 755 "$scratch/$name" "$new" || fail "$new cannot be written"
"$new" --version ||
  fail "the binary does not run here; it needs glibc 2.28 and libstdc++ (not musl): install it with npm"
mv "$new" "$folder/nixoci"
