/** A profile as an image: what export-profile would write, from a store that lies anywhere. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { build } from "../../src/compose/build.ts";
import { listProfileFiles } from "../../src/compose/profile/files.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { ls } from "../../src/flatten/mod.ts";
import { temporaryFolder } from "../support/folder.ts";

const PROFILE = `/nix/store/${"a".repeat(32)}-user-environment`;
const TOOLS = `/nix/store/${"b".repeat(32)}-tools`;
const FILE = `/nix/store/${"c".repeat(32)}-file`;

/** A store with a profile, and the links to it that nix-env makes. */
async function makeProfile(): Promise<string> {
  const folder = await temporaryFolder();
  const store = (path: string) => join(folder, "store", path);
  for (const name of ["bin", "etc/tools", "share"]) {
    await mkdir(store(`${TOOLS}/${name}`), { recursive: true });
  }
  await mkdir(store(`${PROFILE}/etc`), { recursive: true });
  for (const name of ["sh", "env"]) {
    await writeFile(store(`${TOOLS}/bin/${name}`), "", { mode: name === "sh" ? 0o755 : 0o644 });
  }
  await writeFile(store(`${TOOLS}/etc/tools/conf`), "");
  await symlink(".", store(`${TOOLS}/share/circle`));
  await symlink(`${TOOLS}/bin`, store(`${PROFILE}/bin`));
  await symlink(`${TOOLS}/share`, store(`${PROFILE}/share`));
  await symlink(`${TOOLS}/etc/tools`, store(`${PROFILE}/etc/tools`));
  await symlink("/nowhere", store(`${PROFILE}/etc/dangling`));
  await writeFile(store(FILE), "");
  await mkdir(store("nix/var/nix/profiles"), { recursive: true });
  await symlink(PROFILE, store("nix/var/nix/profiles/default-1-link"));
  await symlink("default-1-link", store("nix/var/nix/profiles/default"));
  const graph = [
    { path: PROFILE, narSize: 1, references: [TOOLS] },
    ...[TOOLS, FILE].map((path) => ({ path, narSize: 1, references: [] })),
  ];
  await writeFile(join(folder, "graph.json"), JSON.stringify(graph));
  return folder;
}

const DEFAULT = "store/nix/var/nix/profiles/default";

async function built(folder: string, spec: Spec) {
  return await build({ store: "store", closure: "graph.json", ...spec }, { folder });
}

describe("a profile", () => {
  it("has its files in /run/profile and /etc, and its programs where POSIX has them", async () => {
    const { image, plan } = await built(await makeProfile(), { profile: DEFAULT });
    const files = [...await ls(image)].filter(({ path, type }) =>
      type !== "directory" && !path.startsWith("/nix/")
    );
    expect(files.map(({ path, linkpath }) => `${path} -> ${linkpath}`)).toEqual([
      `/bin/sh -> ${PROFILE}/bin/sh`,
      "/etc/dangling -> /nowhere",
      `/etc/tools/conf -> ${PROFILE}/etc/tools/conf`,
      `/run/profile/bin/env -> ${PROFILE}/bin/env`,
      `/run/profile/bin/sh -> ${PROFILE}/bin/sh`,
      "/run/profile/etc/dangling -> /nowhere",
      `/run/profile/etc/tools/conf -> ${PROFILE}/etc/tools/conf`,
      `/run/profile/share/circle -> ${PROFILE}/share/circle`,
    ]);
    expect([...await ls(image)].map(({ path }) => path)).toContain(TOOLS);
    expect(plan.config.config).toEqual({ Env: ["PATH=/run/profile/bin"] });
  });

  it("has links where folders would have no end, or are out of the store", async () => {
    const folder = await makeProfile();
    const root = join(folder, "store");
    const tools = join(root, TOOLS);
    for (const name of ["a", "b", "many"]) await mkdir(join(tools, name));
    await symlink("../b", join(tools, "a/x"));
    await symlink("../a", join(tools, "b/y"));
    await symlink("/etc", join(tools, "a/out"));
    for (const name of ["a", "b"]) await symlink(`${TOOLS}/${name}`, join(root, PROFILE, name));
    await symlink("/", join(root, PROFILE, "root"));
    await mkdir(join(root, "etc"));
    await writeFile(join(root, "etc/passwd"), "");
    const list = (most?: number) => listProfileFiles(PROFILE, root, most);
    const made = list().flatMap((one) => one.type === "symlink" ? [one] : [])
      .filter(({ path }) => /^\/run\/profile\/(a|b|root)\b/.test(path));
    expect(made.map(({ path, target }) => `${path} -> ${target}`)).toEqual([
      `/run/profile/a/out -> ${PROFILE}/a/out`,
      `/run/profile/a/x/y -> ${PROFILE}/a/x/y`,
      `/run/profile/b/y/out -> ${PROFILE}/b/y/out`,
      `/run/profile/b/y/x -> ${PROFILE}/b/y/x`,
      `/run/profile/root -> ${PROFILE}/root`,
    ]);

    // Each folder has two links to the next one: 2^30 files.
    for (let depth = 0; depth < 30; depth++) {
      const [here, next] = [depth, depth + 1].map((one) => join(tools, `many/${one}`));
      await mkdir(here!, { recursive: true });
      await mkdir(next!);
      for (const name of ["l", "r"]) await symlink(`../${depth + 1}`, join(here!, name));
    }
    await symlink(`${TOOLS}/many/0`, join(root, PROFILE, "many"));
    expect(() => list(300)).toThrow("the profile has too many files");
  });

  it("leaves PATH as the SPEC has it", async () => {
    const config = { Env: ["PATH=/own"] };
    const { plan } = await built(await makeProfile(), { profile: PROFILE, config });
    expect(plan.config.config).toEqual(config);
  });

  it("is refused in a line where it is something else", async () => {
    const folder = await makeProfile();
    const refused = async (profile: string) =>
      await built(folder, { profile }).then(() => "", ({ message }) => String(message));
    expect(await refused(FILE)).toBe(`profile: ${FILE} is not a profile of Nix`);
    expect(await refused("store/nix")).toBe(
      `profile: ${folder}/store/nix is not in the store ${folder}/graph.json`,
    );
    expect(await refused("nowhere")).toMatch(/^profile: .*nowhere/);
  });

  it("is refused in the same words where there is no Nix", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "files"));
    const made = async (profile: string) =>
      await build({ store: "store", profile }, { folder }).then(() => "", ({ message }) => message);
    expect(await made("files")).toBe(
      `profile: ${folder}/files is not in the store ${folder}/store/nix/store`,
    );
    // What is in it, as far as its path says, cannot be looked up.
    expect(await made(PROFILE)).toContain("Nix database");
    expect(await made(`${folder}/store${PROFILE}`)).toMatch(/^profile: .*no such file/);
  });
});
