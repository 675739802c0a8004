/** Reads files of an image as a container would see them: links lead within the image. */
import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { openFile } from "../../bytes/disk/file.ts";
import { collectStream } from "../../bytes/stream.ts";
import { useResources } from "../../base/dispose.ts";
import { isSystemError, NixociError } from "../../base/errors.ts";

/** The most links on the way, as on Linux. */
const MOST_LINKS = 40;

/** More than any user database has, and little enough for memory. */
const LIMIT = 4 * 1024 * 1024;

/**
 * Reads a small regular file whole. A link is followed as it would be inside: `/` is the root
 * directory at `base`, and `..` stops there. FIFOs and devices, which might never begin or end,
 * count as missing, and so do links in a circle.
 * @param base the root directory, with a slash at its end; nobody else may change its content.
 * @returns `undefined` when there is no such file.
 * @throws NixociError `LIMIT` when it has more than 4 MiB.
 */
export async function readRootfsFile(base: string, path: string): Promise<string | undefined> {
  const found = resolveInRootfs(base, path);
  if (found === undefined || !found.stat.isFile()) return undefined;
  return await useResources(async (hold) => {
    const file = hold(await openFile(base + found.path));
    return (await collectStream(file.read(), LIMIT, `the image's ${path}`)).toString("utf8");
  });
}

/** Follows a path inside, and returns it without links, relative to `base`. */
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
    const there = readLstat(base + [...behind, part].join("/"));
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

function readLstat(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw new NixociError("IO", `cannot look at ${path}`, { cause: error });
  }
}
