/** `--against`: the layers of the image that is there stay, and it says before what is to move. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../support/folder.ts";
import { outcomes } from "../run.ts";

const pathOf = (hash: string, name: string) => `/nix/store/${hash.repeat(32)}-${name}`;

/** Writes a SPEC of three paths: an application on two libraries, of which one is in two layers' way. */
async function writeSpec(folder: string, name: string, app: string): Promise<string> {
  const [lib, big] = [pathOf("b", "lib"), pathOf("c", "big")];
  const closure = [
    { path: app, narSize: 100, references: [lib, big] },
    { path: lib, narSize: 2000, references: [] },
    { path: big, narSize: 9000, references: [] },
  ];
  for (const { path, narSize } of closure) {
    await mkdir(join(folder, "root", path), { recursive: true });
    await writeFile(join(folder, "root", path, "file"), path.padEnd(narSize, "."));
  }
  await writeFile(join(folder, `${name}.closure.json`), JSON.stringify(closure));
  const spec = {
    store: "root",
    closure: `${name}.closure.json`,
    maxLayers: 4,
    config: { Cmd: [`${app}/file`] },
    created: "1970-01-01T00:00:01Z",
  };
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(spec));
  return file;
}

it("keeps layers, says what moves, and is as without where nothing is there", async () => {
  const folder = await temporaryFolder();
  const old = await writeSpec(folder, "old", pathOf("a", "app-1"));
  const next = await writeSpec(folder, "next", pathOf("d", "app-2"));
  const images = `oci-dir:${join(folder, "images")}`;
  const pipeline = join(folder, "pipeline.json");
  await writeFile(pipeline, JSON.stringify({ copyToRoot: ".", layeringPipeline: [["flatten"]] }));
  const plan = ["plan", next, "-o", join(folder, "plan.json"), "--json"];
  const [built, first, planned, again, refused] = await outcomes([
    ["build", "--quiet", old, `${images}:app`],
    [...plan, "--against", `${images}:none`],
    [...plan, "--against", `${images}:app`],
    ["build", "--progress", "none", "--json", next, `${images}:next`, "--against", `${images}:app`],
    ["plan", pipeline, "--against", `${images}:app`],
  ]);
  expect(built).toMatchObject({ status: 0 });
  expect(first!.stderr).toContain(`nothing is at ${images}:none yet`);
  expect(JSON.parse(first!.stdout).forecast).toBeUndefined();
  const { forecast, digest } = JSON.parse(planned!.stdout);
  expect(forecast).toMatchObject({ layers: 3, kept: 2 });
  expect(forecast.strategies.against).toEqual({ layers: 3, kept: 2, bytes: 100 });
  expect(planned!.stderr).toContain("2 of 3 layers are there");
  expect(planned!.stderr).toContain("store paths that would move: this 100 B, popularity ");
  expect(JSON.parse(again!.stdout).images[0].descriptor.digest).toBeDefined();
  expect(digest).toMatch(/^sha256:/);
  expect(refused!.stderr).toContain("both say how paths are grouped");
});
