/** Every example runs, as its comment says. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { LAUNCHER, RUN, spawned } from "./cli/run.ts";
import { temporaryFolder } from "./support/folder.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const HELLO = join(ROOT, "examples/hello");

/** What the example prints. */
async function example(name: string, ...args: string[]): Promise<string> {
  const runtime = "Deno" in globalThis ? ["run", "-A"] : [];
  const script = join(ROOT, "examples", name);
  const { stdout } = await promisify(execFile)(process.execPath, [...runtime, script, ...args], {
    cwd: ROOT,
  });
  return stdout;
}

async function filesBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Object.fromEntries(
    await Promise.all(files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length), (await readFile(path)).toString("base64")];
    })),
  );
}

describe("examples", () => {
  it("make-hello.ts makes the image that is in the repository", async () => {
    const folder = join(await temporaryFolder(), "hello");
    await example("make-hello.ts", `oci-dir:${folder}:latest`);
    expect(await filesBelow(folder)).toEqual(await filesBelow(HELLO));
  });

  it("copy.ts copies", async () => {
    const archive = join(await temporaryFolder(), "hello.tar");
    const output = await example("copy.ts", `oci-dir:${HELLO}`, `docker-archive:${archive}`);
    expect(output).toMatch(/^sha256:[0-9a-f]{64}: \d+ bytes moved\n$/);
    expect((await readFile(archive)).length % 512).toBe(0);
  });

  it("custom-step.ts sets a label in every image, and leaves the layers alone", async () => {
    const folder = join(await temporaryFolder(), "labelled");
    const digest = await example("custom-step.ts", `oci-dir:${HELLO}`, `oci-dir:${folder}`, "a=b");
    const { manifests } = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    expect(manifests[0].digest).toBe(digest.trim());
    const [before, after] = [await filesBelow(HELLO), await filesBelow(folder)];
    const texts = Object.values(after).map((text) => Buffer.from(text, "base64").toString());
    expect(texts.filter((text) => text.includes('"Labels":{"a":"b"}')).length).toBe(2);
    const shared = Object.keys(after).filter((path) => path.includes("blobs") && path in before);
    expect(shared.length).toBe(2);
  });

  it("custom-transport.ts prints what an image consists of", async () => {
    const lines = (await example("custom-transport.ts", `oci-dir:${HELLO}`)).trimEnd().split("\n");
    expect(lines.length).toBe(6);
    expect(lines[0]).toMatch(/^sha256:[0-9a-f]{12} +2048 +application\/vnd\.oci\.image\.layer/);
  });

  it("build.ts builds an image of a folder", async () => {
    const archive = join(await temporaryFolder(), "app.tar");
    const output = await example("build.ts", "examples/build", `docker-archive:${archive}`);
    expect(output).toMatch(/^sha256:[0-9a-f]{64}: \d+ bytes\napp:[0-9a-z]{32}\n$/);
    expect((await readFile(archive)).includes("Built by nixoci")).toBe(true);
  });

  it("build.json is built on the image that is in the repository", async () => {
    const archive = join(await temporaryFolder(), "example.tar");
    const words = ["build", "--quiet", "examples/build.json", `docker-archive:${archive}`];
    const { status, stderr } = await spawned(process.execPath, [...RUN, LAUNCHER, ...words], "", {
      cwd: ROOT,
    });
    expect([status, stderr]).toEqual([0, ""]);
    const bytes = await readFile(archive);
    expect(bytes.includes("Built by nixoci")).toBe(true);
    expect(bytes.includes("Hello from nixoci!")).toBe(true);
  });
});
