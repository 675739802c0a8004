/** Files of an image, read as a container would see them: links lead within the image. */
import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { openFile } from "../../bytes/disk/file.ts";
import { collect } from "../../bytes/stream.ts";
import { isSystemError, NixociError } from "../../base/errors.ts";

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/** More than any user database, and nothing that could exhaust us. */
const LIMIT = 4 * 1024 * 1024;

/**
 * The whole of a small regular file. A link is followed as it would be inside, where `/` is the root
 * directory at `base` and `..` stops there. FIFOs and devices, which might never end or begin, are
 * no files; nor is what a link in a circle leads to.
 * @param base the root directory, with a slash at its end; nobody else may change what is in it.
 * @returns `undefined` when there is no such file.
 * @throws NixociError `LIMIT` when it has more than 4 MiB.
 */
export async function readRootfsFile(base: string, path: string): Promise<string | undefined> {
  const found = resolveInRootfs(base, path);
  if (found === undefined || !found.stat.isFile()) return undefined;
  const file = await openFile(base + found.path);
  try {
    return (await collect(file.read(), LIMIT, `the image's ${path}`)).toString("utf8");
  } finally {
    await file[Symbol.asyncDispose]();
  }
}

/** Where a path leads inside: without links, relative to `base`. */
function resolveInRootfs(
  base: string,
  path: string,
): { path: string; stat: Stats } | undefined {
  const ahead = path.split("/");
  const behind: string[] = [];
  let stat: Stats = lstatSync(base);
  for (let links = 0; ahead.length > 0;) {
    const part = ahead.shift()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      behind.pop();
      continue;
    }
    const there = tryLstat(base + [...behind, part].join("/"));
    if (there === undefined) return undefined;
    if (there.isSymbolicLink()) {
      if (++links > MOST_LINKS) return undefined;
      const target = readlinkSync(base + [...behind, part].join("/"));
      if (target.startsWith("/")) behind.length = 0;
      ahead.unshift(...target.split("/"));
    } else {
      behind.push(part);
      stat = there;
    }
  }
  return { path: behind.join("/"), stat };
}

function tryLstat(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw new NixociError("IO", `cannot look at ${path}`, { cause: error });
  }
}
