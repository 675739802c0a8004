"""
What streaming a layered image costs with Python's tarfile, in the way of dockerTools' script: every
layer is written twice, once to learn its digest and its size, and once by a thread into a pipe, from
which it is copied into the archive. Files are found and sorted as pathlib's paths.

Takes a JSON file: {"root": folder that the store is below, "layers": [[store path, ...], ...]}.
"""

import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile
import threading


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
    found = [] if top.is_symlink() else top.rglob("*")
    return sorted([top, *found])


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
            for real in below(pathlib.Path(root + path)):
                info = tar.gettarinfo(real)
                info.name = str(real)[len(root):]
                if info.islnk():
                    info.type, info.linkname = tarfile.REGTYPE, ""
                    info.size = real.stat().st_size
                if info.isfile():
                    with open(real, "rb") as file:
                        tar.addfile(as_stored(info), file)
                else:
                    tar.addfile(as_stored(info))


def stream_layer(archive, name, size, root, paths):
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, 1
    reading, writing = os.pipe()
    with open(reading, "rb") as source, open(writing, "wb") as sink:

        def make():
            write_layer(sink, root, paths)
            sink.close()

        threading.Thread(target=make).start()
        archive.addfile(info, source)


def main():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    names = []
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
        for paths in plan["layers"]:
            counter = Counter()
            write_layer(counter, plan["root"], paths)
            names.append(counter.hash.hexdigest() + "/layer.tar")
            stream_layer(archive, names[-1], counter.size, plan["root"], paths)
        manifest = json.dumps([{"Layers": names}]).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(manifest)
        archive.addfile(info, io.BytesIO(manifest))


main()
