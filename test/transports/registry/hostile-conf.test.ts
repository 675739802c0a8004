import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSmallFile, readSmallFileIfThere } from "../../../src/bytes/disk/small-file.ts";
import { readRules } from "../../../transports/registry/config/registries-conf.ts";
import { createTrust } from "../../../transports/registry/http/trust.ts";
import { find } from "./credentials.ts";
import { testWorld } from "./setup.ts";

/** The rules of a file with this text. */
async function rules(text: string) {
  const world = await testWorld();
  const file = join(world.home, "r.conf");
  await writeFile(file, text);
  return await readRules(file, world);
}

const A = `[[registry]]\nlocation = "a.com"\n`;

describe("registries.conf", () => {
  it.each<[string, string]>([
    [`${A}blocked = "true"`, "registry[0].blocked: "],
    [`${A}blocked = 1`, "registry[0].blocked: "],
    [`${A}insecure = "yes"`, "registry[0].insecure: "],
    [`${A}mirror-by-digest-only = "true"`, `registry[0]["mirror-by-digest-only"]: `],
    [`${A}prefix = 1`, "registry[0].prefix: "],
    [`${A}mirror = [5]`, "registry[0].mirror[0]: "],
    [`${A}mirror = "x"`, "registry[0].mirror: "],
    [`${A}mirror = {}`, "registry[0].mirror: "],
    [`${A}[[registry.mirror]]`, "registry[0].mirror[0].location: "],
    [`${A}[[registry.mirror]]\nlocation = ""`, "registry[0].mirror[0].location: "],
    [`${A}[[registry.mirror]]\nlocation = "b.com/a b"`, "registry[0].mirror[0].location: "],
    [`${A}[[registry.mirror]]\nlocation = "https://b.com"`, "registry[0].mirror[0].location: "],
    [`${A}[[registry.mirror]]\nlocation = "b.com"\ninsecure = 0`, "mirror[0].insecure: "],
    [`${A}[[registry]]\nlocation = "b.com?x"`, "registry[1].location: "],
    [`registry = [5]`, "registry[0]: "],
    [`[[registry]]\nprefix = "a.com"`, "registry[0]: "],
  ])("fails closed on %j", async (text, path) => {
    const error = await rules(text).catch((error) => error);
    expect(error).toMatchObject({ code: "MALFORMED" });
    expect(error.message).toMatch(/r\.conf is malformed: /);
    expect(error.message).toContain(path);
  });

  it("is read as it always was when it is sound", async () => {
    const text = `${A}blocked = true
      [[registry]]
      prefix = "*.b.com"
      location = ""
      unknown = 1
      [[registry.mirror]]
      location = "[::1]:5000/deep/er/"
      pull-from-mirror = ""`;
    expect(await rules(text)).toMatchObject([
      {
        prefix: "*.b.com",
        location: "",
        mirrors: [{ location: "[::1]:5000/deep/er", pull: "all" }],
      },
      { prefix: "a.com", blocked: true, mirrors: [] },
    ]);
  });
});

describe("small files", () => {
  it("are read whole, and the null device is empty", async () => {
    const { home } = await testWorld();
    await writeFile(join(home, "a"), "abc");
    expect(String(await readSmallFile(join(home, "a")))).toBe("abc");
    expect(await readSmallFile(devNull)).toHaveLength(0);
    expect(await readSmallFileIfThere(join(home, "b"))).toBeUndefined();
    expect(await readSmallFileIfThere(join(home, "a", "b"))).toBeUndefined();
    await expect(readSmallFile(join(home, "b"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await writeFile(join(home, "a"), new Uint8Array(1024 * 1024 + 1));
    await expect(readSmallFile(join(home, "a"))).rejects.toMatchObject({ code: "LIMIT" });
  });
});

describe.skipIf(process.platform === "win32")("files that never end or never begin", () => {
  it.each(["/dev/zero", "fifo"])("are refused: %s", async (name) => {
    const world = await testWorld();
    const path = name === "fifo" ? join(world.home, name) : name;
    if (name === "fifo") execFileSync("mkfifo", [path]);
    const refused = {
      code: "UNSUPPORTED",
      message: expect.stringContaining(`${path}: it is not a regular file`),
    };
    await expect(find(world, "a.com", "a", path)).rejects.toMatchObject(refused);
    await expect(readRules(path, world)).rejects.toMatchObject(refused);
    const withCas = { ...world, env: { SSL_CERT_FILE: path } };
    await expect(createTrust({ names: ["a.com"], verify: true }, withCas).options(true))
      .rejects.toMatchObject(refused);
  });

  it("are refused among certificates", async () => {
    const world = await testWorld();
    const certDir = join(world.home, "certs");
    await mkdir(certDir);
    execFileSync("mkfifo", [join(certDir, "ca.crt")]);
    await expect(createTrust({ names: ["a.com"], certDir, verify: true }, world).options(true))
      .rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
