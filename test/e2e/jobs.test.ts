/** Forty jobs of every day, done with the tool that people know and with ours: the same comes out. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { openArtifactFile } from "../../src/artifact/open-file.ts";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import { flatten } from "../../src/flatten/mod.ts";
import { contentOf, readContent } from "../../src/image/content.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { encodeJson } from "../../src/image/json.ts";
import type { Image, Root } from "../../src/image/root.ts";
import { readTar } from "../../src/tar/read.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { type Outcome, outcomes } from "../cli/run.ts";
import { type Files, image, index, sourceOf, tarFile } from "../support/images.ts";
import { type Job, JOBS, type Same } from "./jobs/table.ts";
import { attempt, type CommandResult } from "./support/command.ts";
import { lacks, need, peers } from "./support/peers.ts";

const HOSTS: Readonly<Record<string, (host: string) => string[]>> = {
  regctl: (host) => ["--host", `reg=${host},tls=disabled`],
};
const possible = JOBS.filter(({ by }) => !lacks("registry", by));
const done = new Map<Job, { readonly theirs: CommandResult; readonly ours: Outcome }>();
let fill: (words: string) => string;

/** Puts roots under names; what they are. */
async function push(places: Readonly<Record<string, Root>>): Promise<void> {
  for (const [place, root] of Object.entries(places)) {
    await using to = await openSink(`registry:${fill(place)}`);
    await copy(sourceOf({ root }), to);
  }
}

/** An image with a history, without which crane loses layers when it rebases. */
async function imageOf(files: readonly Files[]): Promise<Image> {
  const { config, layers } = await image({ layers: files });
  const json = JSON.parse(String(await readContent(config, 1 << 20)));
  const history = files.map((_, at) => ({ created_by: `layer ${at}` }));
  const bytes = encodeJson({ ...json, history });
  return createImage("oci", contentOf(config.descriptor.mediaType, bytes), layers);
}

/** Makes what the jobs work on. */
async function prepare(folder: string): Promise<Image> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "note.txt"), "a note\n");
  await writeFile(join(folder, "more.tar"), await tarFile({ more: "more\n" }));
  const [below, newer] = [{ "etc/base": "1\n" }, { "etc/base": "2\n", "etc/new": "new\n" }];
  const app = await imageOf([below, { "app/a": "a\n" }, { "app/b": "b\n" }]);
  const [amd64, arm64] = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
  const both = index([app, await image({ platform: arm64! })], [amd64, arm64]);
  const other = await image();
  await push({
    "R/app:1": app,
    "R/app:2": other,
    "R/base:1": await imageOf([below]),
    "R/base:2": await imageOf([newer]),
    "R/both:1": both,
  });
  for (const side of ["t", "o"]) {
    for (const name of ["gone:1", "untag:1", "untag:2", "attach:1"]) {
      await push({ [`R/${side}/${name}`]: app });
    }
  }
  const signature = createArtifact({ type: "x/sig", subject: app.manifest.descriptor });
  await using to = await openSink(fill("registry:R/app"));
  await putArtifact(signature, to);
  const blob = await openArtifactFile({ path: join(folder, "note.txt") });
  await push({ "R/files:1": createArtifact({ type: "x/notes", blobs: [blob] }) });
  return app;
}

beforeAll(async () => {
  if (possible.length === 0) return;
  const { host } = need(peers.registries.plain, "the registry");
  const folder = join(peers.env["TMPDIR"]!, "jobs");
  const places: Record<string, string> = { R: `${host}/jobs`, H: host, D: folder };
  fill = (words) =>
    words.replace(/\b(APP|LAYER|CONFIG|[RHD])(?=$|[/@: ,]|\b)/g, (word) => places[word] ?? word);
  const { manifest, config, layers } = await prepare(folder);
  places["APP"] = manifest.descriptor.digest;
  places["CONFIG"] = config.descriptor.digest;
  places["LAYER"] = layers[1]!.descriptor.digest;
  const where = { env: peers.env, cwd: folder };
  const theirs = [];
  for (const { by, theirs: words } of possible) {
    const [program = "", ...rest] = words.split(" ").map(fill);
    const plain = by === "oras" ? ["--plain-http"] : HOSTS[by]?.(host) ?? [];
    const own = by === "oras" && rest[0] === "cp"
      ? ["--from-plain-http", "--to-plain-http"]
      : plain;
    theirs.push(await attempt([program, ...rest, ...own], where));
  }
  const ours = await outcomes(possible.map(({ ours }) => ours.split(" ").map(fill)), where);
  for (const [at, job] of possible.entries()) {
    done.set(job, { theirs: theirs[at]!, ours: ours[at]! });
  }
}, 240_000);

async function withRoot<T>(place: string, work: (root: Root) => T | Promise<T>): Promise<T> {
  await using source = await openSource(place);
  return await work(await source.resolve());
}

const configOf = async (text: string) => {
  const { config, rootfs, os, architecture } = JSON.parse(text);
  return { config, rootfs, os, architecture };
};

/** Reads what has to be the same, of what is at a place. */
const READ: Readonly<
  Record<Exclude<Same, "output" | "lines" | "among">, (place: string) => Promise<unknown>>
> = {
  digest: (place) => withRoot(place, (root) => root.manifest.descriptor.digest),
  parts: (place) =>
    withRoot(place, (root) => {
      const { config, layers } = root as Image;
      return [config, ...layers].map(({ descriptor }) => descriptor.digest);
    }),
  config: (place) =>
    withRoot(
      place,
      async (root) => configOf(String(await readContent((root as Image).config, 1 << 20))),
    ),
  layers: (place) => withRoot(place, (root) => (root as Image).layers.map(({ diffId }) => diffId)),
  files: async (place) => place.includes(":") ? await readFiles(place) : await readFolder(place),
  children: (place) =>
    withRoot(
      place,
      (root) =>
        root.kind === "index"
          ? root.children.map(({ descriptor: { digest, platform } }) => ({ digest, platform }))
          : root.kind,
    ),
  referrers: async (place) => {
    await using source = await openSource(place);
    const { digest } = (await source.resolve()).manifest.descriptor;
    const list = await source.listReferrers!(digest);
    return list.map(({ descriptor: { artifactType } }) => artifactType).sort();
  },
  gone: async (place) => {
    await using source = await openSource(place);
    return await source.resolve().catch(({ code }) => code);
  },
};

/** The files of an image, or of an artifact, with their bytes. */
const readFiles = (place: string) =>
  withRoot(place, async (root) => {
    if (root.kind !== "image") {
      const blobs = root.kind === "artifact" ? root.blobs.slice(1) : [];
      return await Promise.all(
        blobs.map(async (blob) => [
          blob.descriptor.annotations?.["org.opencontainers.image.title"],
          String(await readContent(blob, 1 << 20)),
        ]),
      );
    }
    const files: unknown[] = [];
    for await (const { entry: { path }, data } of readTar(flatten(root))) {
      const parts = [];
      for await (const chunk of data) parts.push(chunk);
      files.push([path, Buffer.concat(parts).toString()]);
    }
    return files;
  });

async function readFolder(path: string): Promise<unknown> {
  const names = (await readdir(path)).sort();
  return await Promise.all(
    names.map(async (name) => [name, await readFile(join(path, name), "utf8")]),
  );
}

const linesOf = (text: string) => text.split("\n").filter((line) => line !== "").sort();

describe("everyday jobs", () => {
  test.skipIf(possible.length === 0).each(possible)("$ours", async (job) => {
    const { theirs, ours } = done.get(job)!;
    expect([theirs.status, theirs.stderr.slice(0, theirs.status === 0 ? 0 : 500)]).toEqual([0, ""]);
    expect([ours.status, ours.stderr.slice(0, ours.status === 0 ? 0 : 500)]).toEqual([0, ""]);
    const { same = "output", at } = job;
    const said = theirs.stdout.toString();
    if (same === "output") return expect(ours.stdout.trimEnd()).toBe(said.trimEnd());
    // Ours is said later, of more.
    if (same === "among") {
      return expect(linesOf(ours.stdout)).toEqual(expect.arrayContaining(linesOf(said)));
    }
    if (same === "lines") return expect(linesOf(ours.stdout)).toEqual(linesOf(said));
    if (at === undefined) return expect(await configOf(ours.stdout)).toEqual(await configOf(said));
    const [one, other] = [await READ[same](fill(at[0])), await READ[same](fill(at[1]))];
    expect(other).toEqual(one);
    if (same === "gone") expect(other).toBe("NOT_FOUND");
  });

  test.skipIf(possible.length === 0)("leave the other tags of an image that lost one", async () => {
    for (const side of ["t", "o"]) {
      expect(await READ.digest(fill(`registry:R/${side}/untag:1`))).toBe(fill("APP"));
    }
  });
});
