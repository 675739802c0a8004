/** The words that say which derivation is meant: files, folders, parts of flakes. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  chooseWord,
  formatWordIn,
  isExpression,
} from "../../../../src/cli/verbs/shell/derivation.ts";
import { readShellWords } from "../../../../src/cli/verbs/shell/command.ts";
import { listFlakeParts } from "../../../../src/cli/verbs/shell/flake.ts";
import { folderToDispose } from "../../../support/folder.ts";

async function makeFolder(...files: string[]): Promise<string> {
  const { path, dispose } = await folderToDispose();
  onTestFinished(dispose);
  for (const file of files) await writeFile(join(path, file), "");
  return path;
}

describe("a word", () => {
  it.each(["shell.nix", "./x.nix", ".#app", "nixpkgs#hello", "github:owner/name#app", "/etc/x#y"])(
    "asks Nix: %s",
    (word) => expect(isExpression(word)).toBe(true),
  );

  it("is a file where one is there", async () => {
    const folder = await makeFolder("a#b.drv");
    expect(isExpression(join(folder, "a#b.drv"))).toBe(false);
    expect(isExpression("app.drv")).toBe(false);
  });

  it("that is a folder means what nix-shell takes there, or its flake", async () => {
    const folder = await makeFolder("default.nix", "flake.nix");
    expect(chooseWord(folder)).toBe(join(folder, "default.nix"));
    await writeFile(join(folder, "shell.nix"), "");
    expect(chooseWord(folder)).toBe(join(folder, "shell.nix"));
    expect(chooseWord(await makeFolder("flake.nix"))).toMatch(/^\/.*#$/);
    const empty = await makeFolder();
    expect(() => chooseWord(empty)).toThrow(
      "There is none of shell.nix, default.nix, flake.nix in",
    );
    expect(chooseWord("app.drv")).toBe("app.drv");
  });

  it("that names no place in a flake means a shell first, as for nix develop", () => {
    expect(listFlakeParts(".#", "x64")).toEqual([".#devShells.x86_64-linux.default", ".#"]);
    expect(listFlakeParts("a#b", "arm64")).toEqual(["a#devShells.aarch64-linux.b", "a#b"]);
    expect(listFlakeParts(".#packages.x86_64-linux.app", "x64")).toHaveLength(1);
  });

  it("that is a place, and stands alone, says where the shell of the folder goes", () => {
    expect(readShellWords({ drv: "daemon:" })).toEqual({ destination: "daemon:" });
    expect(readShellWords({ drv: "github:a/b#c" })).toMatchObject({ drv: "github:a/b#c" });
    const both = { drv: "oci-dir:a", destination: "oci-dir:b" };
    expect(readShellWords(both)).toEqual(both);
  });

  it("is written for another folder", async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, "sub"));
    const from = (word: string) => formatWordIn(word, folder);
    expect(from(join(folder, "sub/shell.nix"))).toBe("sub/shell.nix");
    expect(from("/nix/store/x.drv")).toBe("/nix/store/x.drv");
    expect(from("nixpkgs#hello")).toBe("nixpkgs#hello");
    expect(from("/etc#x")).toBe("/etc#x");
    expect(formatWordIn(".#app", process.cwd())).toBe(".#app");
    expect(formatWordIn(".#app", join(process.cwd(), "test"))).toBe("..#app");
    expect(formatWordIn("./test#app", process.cwd())).toBe("./test#app");
  });
});
