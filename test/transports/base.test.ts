/** A base that is a path. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cwd } from "node:process";
import { describe, expect, it } from "vitest";
import { findBase, makeBaseAbsolute } from "../../transports/base.ts";
import { temporaryFolder } from "../support/folder.ts";

/** The base as it is written down in a plan. */
async function baseReference(...words: Parameters<typeof findBase>): Promise<string> {
  return (await findBase(...words)).text;
}

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
      expect(makeBaseAbsolute(from, cwd())).toBe(from.replace(/x$/, join(cwd(), "x")));
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
