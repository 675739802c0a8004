/** What `copy` tells although nothing has failed. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { findHostPlatform, formatPlatform } from "../../../../src/image/platform.ts";
import { copy } from "../../../../src/copy/copy.ts";
import type { Image } from "../../../../src/image/root.ts";
import { format } from "../../../../src/steps/format.ts";
import { openSink } from "../../../../transports/mod.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { image, index, sourceOf } from "../../../support/images.ts";
import { openRegistry } from "../../../support/registry-server.ts";
import { type Outcome, outcomes } from "../../run.ts";

const LINES: Readonly<Record<string, string>> = {
  retag: "copy --progress plain registry:HOST/app:v1 registry:HOST/app:v2",
  "retag all": "copy --progress plain --all registry:HOST/app:v1 registry:HOST/app:v3",
  "retag one":
    `copy --progress plain --platform PLATFORM registry:HOST/app:v1 docker://HOST/app:v4`,
  "retag image": "copy --progress plain registry:HOST/app:v2 registry:HOST/app:v5",
  "out of it": "copy --progress plain registry:HOST/app:v1 oci-dir:DIR/out:a",
  "docker": "copy --progress plain registry:HOST/old:v1 oci-dir:DIR/old:a",
  "docker archive": "copy --progress plain registry:HOST/old:v1 oci-archive:DIR/old.tar:a",
  "docker converted": "copy --progress plain --format oci registry:HOST/old:v1 oci-dir:DIR/new:a",
  "no engine":
    "copy --progress plain --all --host unix:///nowhere --retry 1 oci-dir:examples/hello oci-dir:DIR/e",
  "gzip by default":
    "copy --progress plain --dest-tag b docker-archive:DIR/big.tar registry:HOST/big:a",
  "gzip by default, in quiet": "copy -q docker-archive:DIR/big-q.tar registry:HOST/big-q:a",
  "gzip by default, in Docker's format":
    "copy --progress plain --format docker docker-archive:DIR/big-d.tar registry:HOST/big-d:a",
  "gzip by wish":
    "copy --progress plain --compress gzip docker-archive:DIR/big-w.tar oci-dir:DIR/big",
  "little of gzip": "copy --progress plain docker-archive:DIR/little.tar registry:HOST/little:a",
  "docker elsewhere": "copy --progress plain registry:HOST/old:v1 docker-archive:DIR/d.tar:a:1",
};

const seen = new Map<string, Outcome>();
const notices = (name: string) => {
  const { status, stderr } = seen.get(name)!;
  expect(status, stderr).toBe(0);
  return stderr.split("\n").filter((line) => line.startsWith("nixoci: "));
};

beforeAll(async () => {
  const registry = await openRegistry();
  const { path: folder, dispose } = await folderToDispose();
  const host = findHostPlatform();
  const one = await image({ platform: host });
  const many = await index([
    one,
    await image({ platform: { os: "linux", architecture: "riscv64" } }),
  ]);
  for (
    const [name, root, steps] of [["app", many, []], ["old", one, [format("docker")]]] as const
  ) {
    const to = await openSink(`registry:${registry.host}/${name}:v1`);
    await copy(sourceOf({ it: root }), to, { steps: [...steps] });
    await to[Symbol.asyncDispose]();
  }
  const put = async (name: string, root: Image) => {
    const to = await openSink(`docker-archive:${folder}/${name}.tar:a:1`);
    await copy(sourceOf({ it: root }), to);
    await to[Symbol.asyncDispose]();
  };
  await put("little", one);
  // Each has its own layers: of those that are remembered nothing is compressed, and nothing is said.
  for (const name of ["big", "big-q", "big-d", "big-w"]) {
    const zeros = randomUUID() + "\0".repeat(33e6);
    await put(name, await image({ layers: [{ a: zeros }, { b: zeros }], compression: "none" }));
  }
  const lines = Object.values(LINES).map((line) =>
    line.replaceAll("HOST", registry.host).replaceAll("DIR", folder)
      .replaceAll("PLATFORM", formatPlatform(host)).split(" ")
  );
  const all = await outcomes(lines);
  Object.keys(LINES).forEach((name, i) => seen.set(name, all[i]!));
  await registry[Symbol.asyncDispose]();
  await dispose();
});

describe("another tag in the same registry", () => {
  it("tells that only one platform of an index got it, and what to give for all", () => {
    const platform = formatPlatform(findHostPlatform());
    expect(notices("retag")).toEqual([
      `nixoci: only the image for ${platform} is copied, of 2 in the index; ` +
      "--all copies the index with all of them",
    ]);
  });

  it.each(["retag all", "retag one", "retag image", "out of it"])("tells nothing of %s", (name) => {
    expect(notices(name)).toEqual([]);
  });
});

describe("Docker's format", () => {
  it.each(["docker", "docker archive"])("is told of in an OCI layout (%s)", (name) => {
    expect(notices(name)).toEqual([expect.stringMatching(/Docker's format .*--format oci/)]);
  });

  it("is not where it is converted", () => {
    expect(notices("docker converted")).toEqual([]);
    expect(notices("docker elsewhere").join("\n")).not.toContain("Docker's format");
  });
});

describe("zstd", () => {
  it("is offered where a registry gets much gzip that nobody has asked for", () => {
    expect(notices("gzip by default")).toEqual([expect.stringContaining("--compress zstd")]);
  });

  it.each(["gzip by default, in quiet", "gzip by default, in Docker's format", "gzip by wish"])(
    "is not offered to %s",
    (name) => expect(notices(name).join("\n")).not.toContain("zstd"),
  );

  it("is not worth a line where there is little of it", () => {
    expect(notices("little of gzip")).toEqual([]);
  });
});

describe("a flag that neither place has a use for", () => {
  it("is told of, and what it is for", () => {
    expect(notices("no engine")).toEqual([
      "nixoci: --host says nothing here: it is for daemon:, podman:, containers-storage:",
    ]);
  });
});
