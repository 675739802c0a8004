/** A SPEC in words, and a base that is a path. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cwd } from "node:process";
import { describe, expect, it } from "vitest";
import { findBase } from "../../../../src/cli/verbs/build/base-reference.ts";
import { withFlags } from "../../../../src/cli/verbs/build/with-flags.ts";
import { temporaryFolder } from "../../../support/folder.ts";

/** The base as it is written down in a plan. */
async function baseReference(...words: Parameters<typeof findBase>): Promise<string> {
  return (await findBase(...words)).text;
}

describe("flags", () => {
  it("say what a SPEC says", () => {
    expect(withFlags({}, {
      path: ["/nix/store/a"],
      "copy-to-root": ["rootfs", "/abs"],
      layer: ["layers.json"],
      from: "registry:alpine",
      name: "app",
      tag: "1",
      cmd: "/bin/app --fast",
      entrypoint: '["/bin/sh", "-c", "a b"]',
      env: ["A=1", "B=x=y"],
      label: ["a=b"],
      workdir: "/w",
      user: "1000:100",
      port: ["80", "53/udp"],
      volume: ["/data"],
      "max-layers": 7,
      style: "nix2container",
      platform: "arm64",
      created: "now",
      annotation: ["k=v"],
      store: "mnt",
      closure: ["graph.json"],
    })).toEqual({
      deps: ["/nix/store/a"],
      copyToRoot: [join(cwd(), "rootfs"), "/abs"],
      layers: [join(cwd(), "layers.json")],
      fromImage: "registry:alpine",
      name: "app",
      tag: "1",
      maxLayers: 7,
      style: "nix2container",
      created: "now",
      store: join(cwd(), "mnt"),
      closure: [join(cwd(), "graph.json")],
      os: "linux",
      architecture: "arm64",
      variant: undefined,
      annotations: { k: "v" },
      config: {
        Cmd: ["/bin/app", "--fast"],
        Entrypoint: ["/bin/sh", "-c", "a b"],
        Env: ["A=1", "B=x=y"],
        Labels: { a: "b" },
        WorkingDir: "/w",
        User: "1000:100",
        ExposedPorts: { "80/tcp": {}, "53/udp": {} },
        Volumes: { "/data": {} },
      },
    });
  });

  it("win over a SPEC, or add to it, in its own spelling", () => {
    const spec = {
      name: "old",
      deps: "/nix/store/a",
      config: { cmd: ["x"], env: ["A=1"], labels: { a: "1", b: "1" } },
      annotations: { a: "1" },
    };
    const flags = {
      name: "new",
      path: ["/nix/store/b"],
      cmd: "y",
      env: ["A=2"],
      label: ["b=2"],
      annotation: ["b=2"],
    };
    expect(withFlags(spec, flags)).toEqual({
      name: "new",
      deps: ["/nix/store/a", "/nix/store/b"],
      config: { cmd: ["y"], env: ["A=1", "A=2"], labels: { a: "1", b: "2" } },
      annotations: { a: "1", b: "2" },
    });
    expect(withFlags(spec, {})).toEqual(spec);
  });

  it("leave what is wrong in a SPEC for others to refuse", () => {
    const config = { Env: "A=1", Labels: ["a"], Volumes: 3 };
    const flags = { env: ["B=1"], label: ["b=1"], volume: ["/v"] };
    expect(withFlags({ config }, flags).config).toEqual(config);
  });

  it.each([
    [{ cmd: `sh -c "a b"` }, '--cmd: sh -c "a b" has quotes in it, and no shell reads it'],
    [{ cmd: '["a", 1]' }, '--cmd: ["a", 1] is not a JSON list of strings'],
    [{ label: ["novalue"] }, '--label: "novalue" is not key=value'],
    [{ platform: "nope/nope/nope/nope" }, "is not a platform"],
  ])("%j is refused", (flags, message) => expect(() => withFlags({}, flags)).toThrow(message));
});

describe("a base", () => {
  it("that has a scheme is what it says", async () => {
    expect(await baseReference("registry:alpine:3", {}, "/")).toBe("registry:alpine:3");
    expect(await baseReference("docker://alpine", {}, "/")).toBe("docker://alpine");
  });

  it("that is a file is below the folder, with a scheme as without one", async () => {
    expect(await baseReference("oci-dir:../x:name", {}, "/a/b")).toBe("oci-dir:/a/x:name");
    expect(await baseReference("oci:/x@sha256:1", {}, "/a")).toBe("oci:/x@sha256:1");
    expect(await baseReference("oci:x", {}, "/a")).toBe("oci:/a/x");
    expect(await baseReference("docker-archive:-:a:1", {}, "/a")).toBe("docker-archive:-:a:1");
    expect(await baseReference("daemon:x", {}, "/a")).toBe("daemon:x");
    for (const from of ["x", "nix:x"]) {
      expect(withFlags({}, { from }).fromImage).toBe(from.replace(/x$/, join(cwd(), "x")));
    }
  });

  it("that is a path is a layout, a plan, or an archive", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "layout"));
    await writeFile(join(folder, "layout/oci-layout"), "{}");
    await writeFile(join(folder, "image.json"), ' {"version": 1}');
    await writeFile(join(folder, "base.tar"), "layer.tar".padEnd(1024, "\0"));
    const which = { name: "base", tag: "1" };
    expect(await baseReference("layout", {}, folder)).toBe(`oci-dir:${folder}/layout`);
    expect(await baseReference("layout", which, folder)).toBe(`oci-dir:${folder}/layout:base:1`);
    expect(await baseReference("./image.json", {}, folder)).toBe(`nix:${folder}/image.json`);
    expect(await baseReference("base.tar", {}, folder)).toBe(
      `docker-archive:${folder}/base.tar:@0`,
    );
    expect(await baseReference("base.tar", which, folder)).toBe(
      `docker-archive:${folder}/base.tar:base:1`,
    );
    await expect(baseReference("image.json", which, folder)).rejects.toThrow(
      "holds one image only",
    );
  });

  it("that is not there is named", async () => {
    const folder = await temporaryFolder();
    await expect(baseReference("none.tar", {}, folder)).rejects.toThrow(
      `fromImage: cannot read ${folder}/none.tar: no such file or directory`,
    );
    await expect(baseReference("debian:12", {}, folder)).rejects.toMatchObject({
      hint: "write registry:debian:12 for an image in a registry",
    });
    await expect(baseReference(".", {}, folder)).rejects.toThrow(
      "it is a folder, but no OCI layout",
    );
    await expect(baseReference("x", { name: "a" }, folder)).rejects.toThrow(
      "it needs fromImageTag",
    );
    await expect(baseReference("x", { tag: "a" }, folder)).rejects.toThrow(
      "it needs fromImageName",
    );
    await expect(baseReference("oci-dir:x", { name: "a", tag: "b" }, folder)).rejects.toThrow(
      "says itself which image is meant",
    );
  });
});
