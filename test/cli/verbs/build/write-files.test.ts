/** `nixoci build --write-files`: the files that notices speak of. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../support/folder.ts";
import { outcomes } from "../../run.ts";

const SPEC = {
  copyToRoot: "rootfs",
  ids: "kept/ids.json",
  users: { app: { isSystemUser: true, group: "app" } },
  groups: { app: {} },
  hardening: { presets: ["read-only", "seccomp"], files: "how" },
  config: { Cmd: ["/bin/app"], User: "999:999" },
};

it("writes IDs and how the image is run beside the SPEC, once there is an image", async () => {
  const folder = await temporaryFolder();
  const at = (...names: string[]) => join(folder, ...names);
  await mkdir(at("rootfs/bin"), { recursive: true });
  await writeFile(at("rootfs/bin/app"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(at("rootfs/bin/sh"), "", { mode: 0o755 });
  await writeFile(at("spec.json"), JSON.stringify(SPEC));
  const users = { ...SPEC.users, bpp: SPEC.users.app, aaa: SPEC.users.app };
  await writeFile(at("more.json"), JSON.stringify({ ...SPEC, users }));
  await writeFile(at("bad.json"), JSON.stringify({ ...SPEC, ids: "spec.json/ids" }));
  const build = (spec: string, ...words: string[]) => [
    "build",
    ...words,
    at(spec),
    `oci-dir:${at("out")}`,
  ];
  const seen: string[] = [];
  const look = async () => seen.push(await readFile(at("kept/ids.json"), "utf8").catch(() => ""));
  const [dry] = await outcomes([build("spec.json", "--write-files", "--dry-run")]);
  await look();
  const [first] = await outcomes([build("spec.json", "--write-files")]);
  await look();
  const [again, more, bad] = await outcomes([
    build("spec.json"),
    build("more.json", "-q", "--write-files"),
    build("bad.json", "-q", "--write-files"),
  ]);
  await look();
  expect([dry, first, again, more].map((one) => one!.status)).toEqual([0, 0, 0, 0]);
  expect(dry!.stderr).toContain(
    "kept/ids.json: there are new IDs; they stay once they are written",
  );
  const paths = ["docker-run.txt", "kubernetes.yaml", "seccomp.json"].map((name) =>
    at("how", name)
  );
  for (const [one, words] of [[dry, "--write-files writes"], [first, "written:"]] as const) {
    expect(one!.stderr).toContain(`}; ${words} ${at("kept/ids.json")}\n`);
    expect(one!.stderr).toContain(`; ${words} ${paths.join(", ")}\n`);
  }
  expect(first!.stderr).not.toContain("--write-files");
  expect(seen.map((text) => text && JSON.parse(text).users)).toEqual([
    "",
    { app: 999 },
    { aaa: 998, app: 999, bpp: 997 },
  ]);
  expect(again!.stderr).not.toContain("new IDs");
  expect(await readdir(at("how"))).toEqual(["docker-run.txt", "kubernetes.yaml", "seccomp.json"]);
  expect(await readFile(at("how/docker-run.txt"), "utf8")).toContain("--read-only");
  expect([bad!.status, bad!.stderr]).toEqual([
    1,
    expect.stringMatching(/^nixoci: Cannot write .*spec\.json.ids: a file is in the way; move it/),
  ]);
});
