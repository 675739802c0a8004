/** What the kernel's overlayfs shows of layers: each unpacked by GNU tar, whiteouts as it has them. */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fieldsOf, type Member, tarOfMembers } from "../../flatten/support/stack.ts";
import { attempt, run } from "./command.ts";

/** Whether this process may mount overlays. */
export async function canMountOverlay(folder: string): Promise<boolean> {
  const places = ["low", "up", "mnt"].map((name) => join(folder, name));
  await Promise.all(places.map((place) => mkdir(place, { recursive: true })));
  const [low, up, mnt] = places as [string, string, string];
  const lower = `lowerdir=${up}:${low}`;
  const { status } = await attempt(["mount", "-t", "overlay", "overlay", "-o", lower, mnt]);
  if (status === 0) await run(["umount", mnt]);
  return status === 0;
}

/** Runs the work on the folder where the layers, lowest first, are mounted over each other. */
export async function withOverlay<T>(
  folder: string,
  layers: readonly (readonly Member[])[],
  work: (mounted: string) => Promise<T>,
): Promise<T> {
  const below = join(folder, "below");
  const mnt = join(folder, "mnt");
  await mkdir(below, { recursive: true });
  await mkdir(mnt);
  const folders = [];
  for (const [i, members] of layers.entries()) {
    const layer = join(folder, String(i + 1));
    await mkdir(layer);
    await unpack(layer, members, String(i + 1));
    folders.unshift(layer);
  }
  const lower = `lowerdir=${[...folders, below].join(":")}`;
  await run(["mount", "-t", "overlay", "overlay", "-o", lower, mnt]);
  try {
    return await work(mnt);
  } finally {
    await run(["umount", mnt]);
  }
}

function isMark(member: Member): boolean {
  return basename(fieldsOf(member).fields.path).startsWith(".wh.");
}

// Times of folders last: members need not come folder by folder.
const EXTRACT = ["--delay-directory-restore", "--numeric-owner", "-xpf"];

async function unpack(layer: string, members: readonly Member[], number: string): Promise<void> {
  const files = members.filter((member) => !isMark(member));
  const archive = `${layer}.tar`;
  await writeFile(archive, await tarOfMembers(files, number));
  if (files.length > 0) await run(["tar", "-C", layer, ...EXTRACT, archive]);
  const marks = members.filter(isMark).map((member) => fieldsOf(member).fields.path);
  if (marks.length > 0) await run(["python3", "-c", MARK, layer, ...marks]);
}

/** In Python, for Node can neither make devices nor set attributes. Setting them keeps times. */
const MARK = `
import os, stat, sys
layer = sys.argv[1]
for mark in sys.argv[2:]:
    folder, name = os.path.split(mark)
    folder = os.path.join(layer, folder)
    os.makedirs(folder, exist_ok=True)
    times = os.stat(folder)
    path = os.path.join(folder, name[4:])
    if name == ".wh..wh..opq":
        os.setxattr(folder, "trusted.overlay.opaque", b"y")
    elif not os.path.lexists(path):
        os.mknod(path, stat.S_IFCHR, 0)
    elif os.path.isdir(path) and not os.path.islink(path):
        os.setxattr(path, "trusted.overlay.opaque", b"y")
    os.utime(folder, ns=(times.st_atime_ns, times.st_mtime_ns))
`;

/** The members with each folder described before what is in it, as engines write layers. */
export function withParents(members: readonly Member[]): Member[] {
  const described = new Set<string>();
  const all = new Map(members.map((member) => [fieldsOf(member).fields.path, member]));
  const result: Member[] = [];
  for (const member of members) {
    const { path } = fieldsOf(member).fields;
    const parents: string[] = [];
    for (let at = dirname(path.replace(/\/$/, "")); at !== "."; at = dirname(at)) {
      parents.unshift(at);
    }
    for (const parent of parents) {
      const name = `${parent}/`;
      if (described.has(name)) continue;
      described.add(name);
      result.push(all.get(name) ?? { path: name, type: "directory", mode: 0o750, mtime: TIME });
    }
    if (!described.has(path)) result.push(member);
    described.add(path);
  }
  return result;
}

/** The members with the folders of marks described: overlayfs has no mark without one. */
export function withFoldersOfMarks(members: readonly Member[]): Member[] {
  const paths = new Set(members.map((member) => fieldsOf(member).fields.path));
  const isNew = (member: Member) => !isMark(member) && !paths.has(fieldsOf(member).fields.path);
  return [...withParents(members.filter(isMark)).filter(isNew), ...members];
}

const TIME = 1_500_000_000_000_000_000n;
