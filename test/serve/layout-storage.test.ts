/** Layouts as repositories: pushed into by clients while others read and write the same files. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reasonOf } from "../../src/base/errors.ts";
import { copy } from "../../src/copy/copy.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Root } from "../../src/image/root.ts";
import { createLayoutStorage } from "../../src/serve/mod.ts";
import { removeGarbage } from "../../transports/oci-dir/garbage.ts";
import { openLayoutRepository } from "../../transports/oci-dir/repository/mod.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, index, sourceOf } from "../support/images.ts";
import {
  type Asked,
  BYTES,
  DIGEST,
  jsonOf,
  manifestBytes,
  putBlob,
  putManifest,
  served,
  verdictOf,
} from "./setup.ts";

interface Stored extends Asked {
  readonly folder: string;
}

async function servedLayouts(): Promise<Stored> {
  const folder = await temporaryFolder();
  const storage = createLayoutStorage({
    open: (name) => openLayoutRepository(join(folder, name)),
    make: (name) => openLayoutRepository(join(folder, name), { make: true }),
  });
  return { folder, ...await served(storage) };
}

async function push(place: string, root: Root): Promise<void> {
  const sink = await openSink(place);
  try {
    await copy(sourceOf({ root }), sink);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

const tagsOf = async ({ ask }: Asked, name = "app") =>
  (await jsonOf<{ tags: string[] }>(await ask("GET", `${name}/tags/list`))).tags;

const headOf = async ({ ask }: Asked, reference: string) =>
  (await ask("HEAD", `app/manifests/${reference}`)).headers.get("docker-content-digest");

async function entriesOf(folder: string): Promise<[name: string | undefined, digest: string][]> {
  const { manifests } = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
  return manifests.map((
    { annotations, digest }: { annotations?: Record<string, string>; digest: string },
  ) => [annotations?.["org.opencontainers.image.ref.name"], digest]);
}

describe("createLayoutStorage", () => {
  it("has what is pushed in a layout at once, and what others put there", async () => {
    const asked = await servedLayouts();
    const { host } = asked.registry;
    const platforms = ["linux/amd64", "linux/arm64"].map(parsePlatform);
    const [one, all] = [await image(), index([await image(), await image()], platforms)];
    await push(`registry:${host}/team/app:one`, one);
    await push(`registry:${host}/team/app:all`, all);
    const layout = join(asked.folder, "team/app");
    expect(new Map(await entriesOf(layout))).toEqual(
      new Map([["one", one.manifest.descriptor.digest], ["all", all.manifest.descriptor.digest]]),
    );
    const other = await image();
    await push(`oci-dir:${layout}:docker.io/library/x:other`, other);
    expect(await tagsOf(asked, "team/app")).toEqual(["all", "one", "other"]);
    const source = await openSource(`registry:${host}/team/app:other`);
    expect((await source.resolve()).manifest.descriptor.digest)
      .toBe(other.manifest.descriptor.digest);
    expect(asked.errors).toEqual([]);
  });

  it("keeps an image by its digest when its tag moves or goes, until garbage is removed", async () => {
    const asked = await servedLayouts();
    const { registry: { host }, folder, ask } = asked;
    const [old, young] = [await image(), await image()];
    await push(`registry:${host}/app:v1`, old);
    await push(`registry:${host}/app:v2`, old);
    await push(`registry:${host}/app:v1`, young);
    const [before, after] = [old, young].map(({ manifest }) => manifest.descriptor.digest);
    expect([await headOf(asked, "v1"), await headOf(asked, "v2")]).toEqual([after, before]);
    expect((await ask("DELETE", "app/manifests/v2")).status).toBe(202);
    expect(await verdictOf(await ask("DELETE", "app/manifests/v2"))).toBe("404 MANIFEST_UNKNOWN");
    expect(await headOf(asked, before!)).toBe(before);
    await removeGarbage(join(folder, "app"), { grace: 0 });
    expect(await headOf(asked, before!)).toBeNull();
    expect(await headOf(asked, "v1")).toBe(after);
    expect((await ask("DELETE", `app/manifests/${after}`)).status).toBe(202);
    expect(await headOf(asked, "v1")).toBeNull();
    expect(await tagsOf(asked)).toEqual([]);
  });

  it("lists what is pushed by digest until an index has it, and referrers by their subject", async () => {
    const asked = await servedLayouts();
    await putBlob(asked);
    const child = manifestBytes();
    await putManifest(asked, digestOf(child), child);
    expect(await entriesOf(join(asked.folder, "app"))).toEqual([[undefined, digestOf(child)]]);
    const size = child.length;
    const subject = { mediaType: MEDIA_TYPES.oci.manifest, digest: digestOf(child), size };
    const referrer = manifestBytes({ artifactType: "a/b", subject, annotations: { by: "me" } });
    const answer = await putManifest(asked, digestOf(referrer), referrer);
    expect(answer.headers.get("oci-subject")).toBe(subject.digest);
    const whole = Buffer.from(JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.oci.index,
      manifests: [subject],
    }));
    await putManifest(asked, "v1", whole, MEDIA_TYPES.oci.index);
    const entries = await entriesOf(join(asked.folder, "app"));
    expect(entries.map(([name]) => name)).toEqual([subject.digest.replace(":", "-"), "v1"]);
    expect(await tagsOf(asked)).toEqual(["v1"]);
    expect(await headOf(asked, subject.digest)).toBe(subject.digest);
    const list = async () =>
      (await jsonOf<{ manifests: unknown[] }>(
        await asked.ask("GET", `app/referrers/${subject.digest}`),
      )).manifests;
    expect(await list()).toEqual([{
      mediaType: MEDIA_TYPES.oci.manifest,
      digest: digestOf(referrer),
      size: referrer.length,
      artifactType: "a/b",
      annotations: { by: "me" },
    }]);
    expect((await asked.ask("DELETE", `app/manifests/${digestOf(referrer)}`)).status).toBe(202);
    expect(await list()).toEqual([]);
  });

  it("takes as many pushes at a time as come, and keeps all their names", async () => {
    const asked = await servedLayouts();
    await putBlob(asked);
    const tags = Array.from({ length: 40 }, (_, at) => `v${at}`);
    const put = (tag: string) =>
      putManifest(asked, tag, manifestBytes({ annotations: { tag } })).then(({ status }) => status);
    expect(new Set(await Promise.all(tags.map(put)))).toEqual(new Set([201]));
    expect((await tagsOf(asked)).sort()).toEqual(tags.sort());
    expect(asked.errors).toEqual([]);
  });

  it("mounts from another layout as a link, and takes sha512", async () => {
    const asked = await servedLayouts();
    const { ask, folder } = asked;
    await putBlob(asked);
    const path = `b/blobs/uploads/?mount=${DIGEST}&from=app`;
    expect((await ask("POST", path)).status).toBe(201);
    const file = join(folder, "b/blobs/sha256", DIGEST.slice("sha256:".length));
    expect((await stat(file)).nlink).toBe(2);
    expect((await ask("DELETE", `app/blobs/${DIGEST}`)).status).toBe(202);
    expect(await (await ask("GET", `b/blobs/${DIGEST}`)).text()).toBe(String(BYTES));
    expect((await ask("POST", `c/blobs/uploads/?mount=${DIGEST}&from=app`)).status).toBe(202);
    const other = `sha512:${createHash("sha512").update(BYTES).digest("hex")}`;
    const posted = await ask("POST", `app/blobs/uploads/?digest=${other}`, { body: BYTES });
    expect(posted.status).toBe(201);
    expect(await (await ask("GET", `app/blobs/${other}`)).text()).toBe(String(BYTES));
  });

  it("leaves nothing of what is refused or given up", async () => {
    const asked = await servedLayouts();
    const { ask, folder } = asked;
    const wrong = await ask("POST", `app/blobs/uploads/?digest=${digestOf(Buffer.from("x"))}`, {
      body: BYTES,
    });
    expect(await verdictOf(wrong)).toBe("400 DIGEST_INVALID");
    const begun = await ask("POST", "app/blobs/uploads/");
    await ask("PATCH", begun.headers.get("location")!, { body: BYTES });
    await ask("DELETE", begun.headers.get("location")!);
    expect(await verdictOf(await putManifest(asked, "v1"))).toBe("404 MANIFEST_BLOB_UNKNOWN");
    expect(await readdir(join(folder, "app/blobs/sha256"))).toEqual([]);
    expect(await entriesOf(join(folder, "app"))).toEqual([]);
  });

  it("tells its log which file is broken, and clients that something is", async () => {
    const asked = await servedLayouts();
    await putBlob(asked);
    await putManifest(asked, "v1");
    await writeFile(join(asked.folder, "app/index.json"), "{");
    const answers = [
      await asked.ask("GET", "app/manifests/v1"),
      await asked.ask("GET", "app/tags/list"),
      await putManifest(asked, "v2"),
      await asked.ask("DELETE", "app/manifests/v1"),
    ];
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await answer.text()).toMatch(/not what its format demands.*log/);
    }
    expect(asked.errors.map(reasonOf))
      .toEqual(answers.map(() => expect.stringContaining(join(asked.folder, "app/index.json"))));
  });

  it("refuses a folder of something else, and goes on when one has gone", async () => {
    const asked = await servedLayouts();
    await mkdir(join(asked.folder, "notes"));
    await writeFile(join(asked.folder, "notes/today.txt"), "mine");
    const answer = await asked.ask("POST", "notes/blobs/uploads/");
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("today.txt");
    expect(asked.errors.map(reasonOf))
      .toEqual([expect.stringContaining("holds today.txt and is not an OCI layout")]);
    expect(await readdir(join(asked.folder, "notes"))).toEqual(["today.txt"]);
    await putBlob(asked);
    await rm(join(asked.folder, "app"), { recursive: true });
    await putBlob(asked);
    expect((await putManifest(asked, "v1")).status).toBe(201);
  });
});
