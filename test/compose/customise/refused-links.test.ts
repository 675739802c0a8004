/** Links that engines refuse to look users up through. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findRefusedLinks } from "../../../src/compose/customise/refused-links.ts";
import type { LayerRecipe, MadeEntry } from "../../../src/recipe/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";

const ofMade = (...made: MadeEntry[]) =>
  findRefusedLinks({ style: "dockertools", paths: [], made }, {})?.message;
const link = (path: string, target: string): MadeEntry => ({ type: "symlink", path, target });

it("are absolute ones, of these files and of the folder that they are in", () => {
  expect(ofMade(link("/etc/passwd", "/nix/store/x"))).toMatch(/^\/etc\/passwd is an absolute link/);
  expect(ofMade(link("/etc/group", "/x"), link("/etc/nsswitch.conf", "/y"))).toMatch(
    /^\/etc\/group, \/etc\/nsswitch.conf are absolute links/,
  );
  expect(ofMade(link("/etc", "/nix/store/x/etc"))).toMatch(/^\/etc\/passwd, /);
  expect(ofMade(link("/etc/passwd", "../x"), link("/etc/hosts", "/x"))).toBe(undefined);
  expect(ofMade({ type: "file", path: "/etc/passwd", content: "" })).toBe(undefined);
});

it("are found in what is copied, but where links to folders are followed", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "one/etc"), { recursive: true });
  await symlink("/nix/store/x", join(folder, "one/etc/passwd"));
  await mkdir(join(folder, "real"));
  await writeFile(join(folder, "real/passwd"), "");
  await mkdir(join(folder, "two"));
  await symlink(join(folder, "real"), join(folder, "two/etc"));
  const of = (path: string, more: Partial<LayerRecipe> = {}) =>
    findRefusedLinks({
      style: "dockertools",
      paths: [{ path: join(folder, path), rewrite: { regex: `^${join(folder, path)}`, repl: "" } }],
      ...more,
    }, {})?.message;
  expect(of("one")).toMatch(/^\/etc\/passwd is/);
  expect(of("two")).toMatch(/^\/etc\/passwd, \/etc\/group/);
  expect(of("two", { folderLinks: "follow" })).toBe(undefined);
});
