"""
What streaming a layered image costs with Python's tarfile, as dockerTools' script has it: every
layer is written twice, once to learn its digest and its size, once into the archive.

Takes a JSON file: {"root": folder that the store is below, "layers": [[store path, ...], ...]}.
"""

import hashlib
import json
import os
import sys
import tarfile


class Counter:
    """Hashes and counts what is written to it, and keeps nothing."""

    def __init__(self):
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data):
        self.hash.update(data)
        self.size += len(data)


def below(top):
    """The path and all files below it, in the order of their parts."""
    found = [top]
    if not os.path.islink(top):
        for folder, folders, files in os.walk(top):
            found += [os.path.join(folder, name) for name in folders + files]
    return sorted(found, key=lambda path: path.split("/"))


def as_stored(info):
    info.mtime, info.uid, info.gid, info.uname, info.gname = 1, 0, 0, "root", "root"
    return info


def write_layer(out, root, paths):
    with tarfile.open(fileobj=out, mode="w|") as tar:
        for name in ("/nix", "/nix/store"):
            info = as_stored(tarfile.TarInfo(name))
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for path in paths:
            for real in below(root + path):
                info = tar.gettarinfo(real)
                info.name = real[len(root):]
                if info.islnk():
                    info.type, info.linkname = tarfile.REGTYPE, ""
                    info.size = os.stat(real).st_size
                if info.isfile():
                    with open(real, "rb") as file:
                        tar.addfile(as_stored(info), file)
                else:
                    tar.addfile(as_stored(info))


def main():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    out = open(sys.stdout.fileno(), "wb")
    names = []
    for paths in plan["layers"]:
        counter = Counter()
        write_layer(counter, plan["root"], paths)
        name = counter.hash.hexdigest() + "/layer.tar"
        names.append(name)
        info = tarfile.TarInfo(name)
        info.size, info.mtime = counter.size, 1
        out.write(info.tobuf())
        write_layer(out, plan["root"], paths)
        out.write(b"\0" * (-counter.size % 512))
    manifest = json.dumps([{"Layers": names}]).encode()
    info = tarfile.TarInfo("manifest.json")
    info.size = len(manifest)
    out.write(info.tobuf() + manifest + b"\0" * (-len(manifest) % 512 + 1024))


main()
