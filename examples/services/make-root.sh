#!/bin/sh
# Writes the files of Debian packages, and of all that they depend on, to a folder; nothing is
# installed, and nobody has to be root: make-root.sh FOLDER PACKAGE...
set -e
root=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$root"
root=$(cd "$root" && pwd)
packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
  --no-replaces --no-enhances "$@" | grep '^[a-z0-9]' | sort -u |
  grep -vx -e debconf -e 'debconf-.*' -e 'cdebconf' -e 'gcc-12-base' -e adduser -e 'perl.*' -e 'systemd.*')
cd "$work"
# Some of these are names that other packages provide.
real=$(apt-cache show --no-all-versions $packages 2> /dev/null | sed -n 's/^Package: //p')
apt-get download -qq $real
# Debian's /bin and its like are links.
for folder in bin sbin lib lib64; do
  mkdir -p "$root/usr/$folder"
  ln -sfn "usr/$folder" "$root/$folder"
done
for package in *.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x -C "$root" --keep-directory-symlink --no-same-owner --exclude './usr/share/doc' \
      --exclude './usr/share/man' --exclude './usr/share/locale' --exclude './usr/share/info'
done
mkdir -p "$root/etc" "$root/tmp" "$root/root" "$root/var/lib" "$root/var/log" "$root/run"
chmod 1777 "$root/tmp"
printf '%s\n' root:x:0:0:root:/root:/bin/sh \
  nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin > "$root/etc/passwd"
printf '%s\n' root:x:0: nogroup:x:65534: > "$root/etc/group"
