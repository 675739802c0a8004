/** `nixoci export --dir` and `--bundle`: their words, and what they say. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy } from "../../../../src/copy/copy.ts";
import { openSink } from "../../../../transports/mod.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { sourceOf } from "../../../support/images.ts";
import { imageOfLayers } from "../../../unpack/support.ts";
import { type Outcome, outcomes } from "../../run.ts";

const HELLO = `oci-dir:${fileURLToPath(new URL("../../../../examples/hello", import.meta.url))}`;

describe("nixoci export to directories", () => {
  let made: Record<string, Outcome>;
  let folder: string;
  let dispose: () => Promise<void>;

  beforeAll(async () => {
    const temporary = await folderToDispose();
    folder = temporary.path;
    dispose = temporary.dispose;
    const special = `oci-dir:${join(folder, "layout")}:special`;
    const sink = await openSink(special);
    const image = await imageOfLayers([{
      "dev/null": { type: "char", devmajor: 1, devminor: 3 },
      "bin/su": { mode: 0o4755 },
    }]);
    await copy(sourceOf({ image }), sink);
    await sink[Symbol.asyncDispose]();
    const lines = {
      dir: ["export", HELLO, "--dir", join(folder, "dir")],
      again: ["export", HELLO, "--dir", join(folder, "dir")],
      json: ["export", special, "--dir", join(folder, "json"), "--json"],
      quiet: ["export", special, "--dir", join(folder, "quiet"), "--quiet"],
      bundle: ["export", HELLO, "--bundle", join(folder, "bundle")],
      both: ["export", HELLO, "--bundle", join(folder, "x"), "--dir", join(folder, "y")],
      file: ["export", HELLO, "--dir", join(folder, "x"), "-o", join(folder, "y")],
      style: ["export", HELLO, "--bundle", join(folder, "x"), "--style", "dockertools"],
      special: ["export", HELLO, "-o", join(folder, "x"), "--special"],
      max: ["export", HELLO, "-o", join(folder, "x"), "--max-size", "5"],
      large: ["export", HELLO, "--dir", join(folder, "x"), "--max-size", "5"],
    };
    const all = await outcomes(Object.values(lines));
    made = Object.fromEntries(Object.keys(lines).map((name, i) => [name, all[i]!]));
    expect(readdirSync(folder).sort()).toEqual(["bundle", "dir", "json", "layout", "quiet"]);
  });

  afterAll(() => dispose());

  it("is silent when all is well", () => {
    expect(made["dir"]).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readdirSync(join(folder, "dir"))).toEqual(["hello"]);
    expect(made["bundle"]).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readdirSync(join(folder, "bundle")).sort()).toEqual(["config.json", "rootfs"]);
  });

  it("says what was left out", () => {
    const { status, stdout, stderr } = made["json"]!;
    expect(status).toBe(0);
    expect(stderr).toMatch(/left out 1 device, 1 set-user-ID .*\(--special keeps such\)\n$/);
    expect(JSON.parse(stdout)).toMatchObject({
      path: join(folder, "json"),
      entries: 4,
      leftOut: { devices: 1, setIds: 1 },
    });
    expect(made["quiet"]).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("refuses a directory with something in it, in one line", () => {
    expect(made["again"]).toMatchObject({
      status: 1,
      stderr: `nixoci: Cannot unpack to ${join(folder, "dir")}: it is there already; ` +
        "name a new directory, or an empty one\n",
    });
  });

  it("stops at the size allowed", () => {
    expect(made["large"]!.stderr).toMatch(/^nixoci: .*"hello".*more than the 5 bytes.*--max-size/);
  });

  it.each(["both", "file", "style", "special", "max"])(
    "refuses words that do not fit: %s",
    (name) => {
      const { status, stderr } = made[name]!;
      expect(stderr).toMatch(/^nixoci: [^\n]+\n$/);
      expect(status).toBe(2);
    },
  );
});
