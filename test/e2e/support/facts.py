"""Prints every entry below a directory, with all that a file system knows of it: a line each."""
import hashlib, os, stat, sys

root = os.fsencode(sys.argv[1])
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink",
         stat.S_IFCHR: "char", stat.S_IFBLK: "block", stat.S_IFIFO: "fifo"}
first = {}


def facts(path, name):
    it = os.lstat(path)
    kind = KINDS[stat.S_IFMT(it.st_mode)]
    words = [kind, "%o" % stat.S_IMODE(it.st_mode), "%d:%d" % (it.st_uid, it.st_gid), str(it.st_mtime_ns)]
    if kind == "file":
        with open(path, "rb") as file:
            words += [str(it.st_size), hashlib.sha256(file.read()).hexdigest()[:16]]
    if kind == "symlink":
        words.append(repr(os.readlink(path)))
    if kind in ("char", "block"):
        words.append("%d,%d" % (os.major(it.st_rdev), os.minor(it.st_rdev)))
    for key in sorted(os.listxattr(path, follow_symlinks=False)):
        words.append("%s=%s" % (key, os.getxattr(path, key, follow_symlinks=False).hex()))
    if kind != "directory":
        one = first.setdefault((it.st_dev, it.st_ino), name)
        if one != name:
            words.append("= %r" % one)
    print(repr(name)[1:], *words)


def walk(folder, prefix):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            continue  # overlayfs lists whiteouts where nothing is merged
        facts(path, prefix + name)
        if stat.S_ISDIR(os.lstat(path).st_mode):
            walk(path, prefix + name + b"/")


walk(root, b"")
