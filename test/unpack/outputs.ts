/** An image in both forms that export gives it, from the sources that people have. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { flatten } from "../../src/flatten/flatten.ts";
import type { Image } from "../../src/image/root.ts";
import { readTar } from "../../src/tar/read.ts";
import { unpack } from "../../src/unpack/unpack.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { sourceOf } from "../support/images.ts";
import { treeOf } from "./support.ts";

/** What there is at a path, whoever tells it: `d`, `f content`, `l target`, `h first name`, `p`. */
export type Shown = Readonly<Record<string, string>>;

const SOURCES = ["oci-dir", "docker-archive"] as const;

/** What both forms show, which has to be the same, from every source. Nothing else is touched. */
export async function shownBy(image: Image): Promise<Shown> {
  const shown: Shown[] = [];
  await withSources(image, async (read) => {
    shown.push(await tarShows(read));
    await guarded(async (out) => {
      await unpack(read, out);
      shown.push(dirShows(out));
    });
  });
  for (const one of shown) expect(one).toEqual(shown[0]);
  return shown[0]!;
}

/** That both forms refuse the image with this, from every source, and nothing is left. */
export async function refusedBy(image: Image, message: RegExp): Promise<void> {
  await withSources(image, async (read) => {
    await expect(tarShows(read)).rejects.toThrow(message);
    await guarded(async (out) => {
      await expect(unpack(read, out)).rejects.toThrow(message);
      expect(lstatSync(out, { throwIfNoEntry: false })).toBeUndefined();
    });
  });
}

async function withSources(image: Image, work: (read: Image) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder();
  for (const scheme of SOURCES) {
    const reference = `${scheme}:${join(folder, scheme)}:x:y`;
    const sink = await openSink(reference);
    await copy(sourceOf({ image }), sink);
    await sink[Symbol.asyncDispose]();
    const source = await openSource(reference);
    try {
      const root = await source.resolve();
      if (root.kind !== "image") throw new Error("no image");
      await work(root);
    } finally {
      await source[Symbol.asyncDispose]();
    }
  }
}

/** Runs the work on a target whose neighbours must stay as they are: files that attacks aim at. */
export async function guarded(work: (out: string) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "out-sibling"));
  const sentinels = ["sentinel", "out-sibling/sentinel"].map((name) => join(folder, name));
  for (const path of sentinels) writeFileSync(path, "untouched", { mode: 0o600 });
  const state = () => {
    return sentinels.map((path) => {
      const { mode, uid, nlink, mtimeMs } = statSync(path);
      return { mode, uid, nlink, mtimeMs, text: readFileSync(path, "utf8") };
    });
  };
  const before = state();
  await work(join(folder, "out"));
  expect(state()).toEqual(before);
  expect(readdirSync(folder).filter((name) => name !== "out")).toEqual(["out-sibling", "sentinel"]);
  expect(readdirSync(join(folder, "out-sibling"))).toEqual(["sentinel"]);
}

export async function tarShows(image: Image): Promise<Shown> {
  const shown: Record<string, string> = {};
  for await (const { entry, data } of readTar(flatten(image))) {
    const { type, linkpath } = entry;
    const path = entry.path.replace(/\/$/, "");
    if (path === ".") continue;
    if (type === "directory") shown[path] = "d";
    else if (type === "symlink") shown[path] = `l ${linkpath}`;
    else if (type === "hardlink") shown[path] = shown[linkpath]!;
    else if (type === "fifo") shown[path] = "p";
    else if (type === "file") {
      let text = "";
      for await (const chunk of data) text += Buffer.from(chunk).toString();
      shown[path] = `f ${text}`;
    }
  }
  return shown;
}

export function dirShows(out: string): Shown {
  const lines = treeOf(out).map((line): [string, string] => {
    const link = / -> (.*)$/.exec(line);
    if (link) return [line.slice(0, link.index), `l ${link[1]}`];
    const [, path, rest = ""] = /^(.*?)(\/? \d+(?: .*)?)$/s.exec(line)!;
    if (rest.startsWith("/")) return [path!, "d"];
    return [path!, rest.endsWith(" special") ? "p" : `f ${rest.replace(/^ \d+ /, "")}`];
  });
  return Object.fromEntries(lines);
}
