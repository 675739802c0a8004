/** `nixoci prove`: a SPEC and a plan, in a registry and a layout, before and after a change. */
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../support/folder.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { outcomes } from "../run.ts";

it("shows that a SPEC makes an image, or by what it makes another one", async () => {
  const folder = await temporaryFolder();
  const registry = await startRegistry();
  const [app, layout] = [`registry:${registry.host}/app:1`, "oci-dir:images:app"];
  await mkdir(join(folder, "rootfs", "etc"), { recursive: true });
  await writeFile(join(folder, "rootfs", "etc", "hi"), "hello");
  const spec = { copyToRoot: "rootfs", config: { Cmd: ["/hi"] } };
  await writeFile(join(folder, "spec.json"), JSON.stringify(spec));
  await writeFile(
    join(folder, "other.json"),
    JSON.stringify({ ...spec, config: { Cmd: ["/ho"] } }),
  );
  const run = (...lines: string[][]) => outcomes(lines, { cwd: folder });
  const made = await run(
    ["build", "-q", "spec.json", app],
    ["build", "-q", "spec.json", layout],
    ["copy", "-q", "--compress", "gzip", "--compress-level", "9", layout, "oci-dir:images:small"],
    ["plan", "-q", "spec.json", "-o", "image.json"],
  );
  expect(made.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
  const files = await readdir(folder, { recursive: true });
  const [pushed, stored, small, enough, plan, named, config, drv, none] = await run(
    ["prove", "-q", app, "spec.json"],
    ["prove", "-q", layout, "spec.json"],
    ["prove", "-q", "oci-dir:images:small", "spec.json"],
    ["prove", "-q", "--content", "oci-dir:images:small", "spec.json"],
    ["prove", "-q", app, "image.json"],
    ["prove", "-q", app, "nix:image.json"],
    ["prove", "-q", "--json", app, "other.json"],
    ["prove", "-q", app, "app.drv"],
    ["prove", "-q", app, "none.json"],
  );
  for (const one of [pushed, stored, plan, named]) {
    expect(one).toMatchObject({ status: 0, stderr: "" });
  }
  expect(pushed!.stdout).toMatch(
    /^layer 1: same {2}sha256:\S+\nsha256:\S+ is what spec\.json makes here\n$/,
  );
  expect([small!.status, enough!.status]).toEqual([1, 0]);
  expect(small!.stdout).toContain("compressed in another way");
  expect(config!.status).toBe(1);
  expect(JSON.parse(config!.stdout)).toMatchObject({
    outcome: "different",
    layers: [{ outcome: "same" }],
    config: ["config.Cmd"],
  });
  expect(drv).toMatchObject({ status: 2 });
  expect(drv!.stderr).toContain("does not say what image it makes");
  expect(none!.stderr).toContain("nixoci: Cannot open none.json: no such file or directory\n");
  // It has written nothing.
  expect(await readdir(folder, { recursive: true })).toEqual(files);

  await writeFile(join(folder, "rootfs", "etc", "hi"), "hellO");
  await utimes(join(folder, "rootfs", "etc", "hi"), 1, 1);
  const [changed, stale] = await run(["prove", "-q", app, "spec.json"], [
    "prove",
    "-q",
    app,
    "image.json",
  ]);
  expect(changed!.status).toBe(1);
  expect(changed!.stdout).toContain(
    "byte 4 of the content of /etc/hi\n  ~ /etc/hi  content\n  by other content\n",
  );
  expect(stale!.status).toBe(1);
  expect(stale!.stderr).toContain("the files are not what they were when it was named");
});
