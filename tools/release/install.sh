#!/bin/sh
# Installs the single binary of a release for this machine: VERSION and FOLDER from the environment or as
# words. The sum is checked before anything is put there. Made for pipelines; it asks nothing.
set -eu
version=${1:-${NIXOCI_VERSION:?say which version: install.sh 0.1.0 FOLDER}}
folder=${2:-${NIXOCI_FOLDER:-/usr/local/bin}}
releases=${NIXOCI_RELEASES:-https://github.com/nixoci/nixoci/releases/download}

fail() {
  echo "nixoci: Cannot install: $*" >&2
  exit 1
}

# The runner's name of the machine, else the kernel's.
case "${RUNNER_ARCH:-$(uname -m)}" in
X64 | x86_64 | amd64) machine=x64 ;;
ARM64 | aarch64 | arm64) machine=arm64 ;;
*) fail "there is no binary for ${RUNNER_ARCH:-$(uname -m)}; install it with npm" ;;
esac
[ "${RUNNER_OS:-$(uname -s)}" = Linux ] || fail "there is no binary for ${RUNNER_OS:-$(uname -s)}; install it with npm"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
name=nixoci-linux-$machine
for file in "$name" SHA256SUMS; do
  curl --fail --silent --show-error --location --retry 3 --output "$scratch/$file" \
    "$releases/v$version/$file" || fail "$releases/v$version/$file cannot be fetched"
done
# A sum that the caller pins (NIXOCI_SHA256) counts, and not only the one beside the file.
[ -z "${NIXOCI_SHA256:-}" ] || echo "$NIXOCI_SHA256  $name" >"$scratch/SHA256SUMS"
(cd "$scratch" && grep " $name\$" SHA256SUMS | sha256sum --check --status -) ||
  fail "$name has another sum than it is to have"
mkdir -p "$folder"
install -m 755 "$scratch/$name" "$folder/nixoci.new" && mv "$folder/nixoci.new" "$folder/nixoci"
"$folder/nixoci" --version
