import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatDerivation } from "../../../src/nix/derivation/aterm/format.ts";
import { checkRealised, listInputs } from "../../../src/nix/derivation/inputs.ts";
import { formatDerivations } from "../../../src/nix/derivation/json/format.ts";
import { readDerivation } from "../../../src/nix/derivation/read.ts";
import type { NixociError } from "../../../src/base/errors.ts";
import {
  DERIVATIONS,
  derivationWith,
  FILES,
  golden,
  goldenPathOf,
  readGolden,
} from "../support/derivations.ts";

let root = "";
const store = { storeDir: "/nix/store", realPath: (path: string) => join(root, path) };
const structured = goldenPathOf("structured-1");
const tool = goldenPathOf("tool-1.0");
const TOOL = "/nix/store/l41j8p011mqrjaxa366qn8vd8k2qhfik-tool-1.0";
const SOURCE = "/nix/store/arh7nb86h4wx19as88q85zcl0xm86h1r-source.txt";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nixoci-drv-"));
  await mkdir(join(root, "nix/store"), { recursive: true });
  for (const file of FILES) await writeFile(join(root, "nix/store", file), readGolden(file));
});

afterAll(() => rm(root, { recursive: true }));

const write = async (name: string, content: string | Buffer): Promise<string> => {
  await writeFile(join(root, name), content);
  return join(root, name);
};

describe("a derivation", () => {
  it("is read from the store, through links, and with what it needs", async () => {
    await symlink(store.realPath(structured), join(root, "link"));
    for (const file of [structured, join(root, "link"), store.realPath(structured)]) {
      const { path, derivation, lookUp } = await readDerivation(file, store);
      expect(path).toBe(structured);
      expect(derivation).toEqual(golden("structured-1"));
      expect(await lookUp(tool)).toEqual(golden("tool-1.0"));
    }
  });

  it("is read from a copy of any name: its attributes have its own", async () => {
    for (const name of ["structured-1", "gtk+-3.24"]) {
      const file = await write("copy", readGolden(goldenPathOf(name).slice(11)));
      expect((await readDerivation(file, store)).path).toBe(goldenPathOf(name));
    }
    const nameless = await write("nameless", formatDerivation(derivationWith({})));
    await expect(readDerivation(nameless, store)).rejects
      .toThrow(
        `Cannot read the derivation ${nameless}: its name is neither in the name of the file`,
      );
  });

  it("is read from JSON that has those it needs, too", async () => {
    const all = new Map([...DERIVATIONS].filter(([path]) => /tool|structured/.test(path)));
    const empty = { storeDir: "/nix/store", realPath: (path: string) => join(root, "none", path) };
    const file = await write("all.json", formatDerivations(all, 4));
    const { path, lookUp } = await readDerivation(file, empty);
    expect(path).toBe(structured);
    expect(await lookUp(tool)).toEqual(golden("tool-1.0"));
    await expect(lookUp(goldenPathOf("tree"))).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("nix derivation show --recursive"),
    });
    const two = new Map([...DERIVATIONS].filter(([path]) => /tool|tree/.test(path)));
    await expect(readDerivation(await write("two.json", formatDerivations(two, 2)), empty)).rejects
      .toThrow("it has 2 derivations that do not belong together");
  });

  it("that is none is named, without its content", async () => {
    const file = await write("secret.drv", "a secret\nsecond line");
    const failure = await readDerivation(file, store).catch((error: NixociError) => error);
    expect(failure).toMatchObject({
      code: "MALFORMED",
      message: `Cannot read the derivation ${file}: it is not a derivation`,
    });
    await expect(readDerivation(join(root, "none"), store)).rejects
      .toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("the inputs of a derivation", () => {
  const inputsOf = async (name: string) => {
    const { derivation, lookUp } = await readDerivation(goldenPathOf(name), store);
    return await listInputs(derivation, lookUp);
  };

  it("are the outputs that it names, and sources", async () => {
    expect(await inputsOf("structured-1")).toEqual([
      { path: SOURCE },
      { path: TOOL, from: { derivation: tool, output: "out" } },
    ]);
    const paths = (await inputsOf("gtk+-3.24")).map(({ path }) => path.slice(44));
    expect(paths.sort()).toEqual(["fetched.tar", "source.txt", "tool-1.0-dev", "tree"]);
  });

  it("are refused when one's path depends on its content", async () => {
    await expect(inputsOf("deferred")).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: `Cannot use the output out of ${goldenPathOf("floating")}: ` +
        "its path is known only when it is built (floating)",
    });
  });

  it("that are not in the store are named, with the command that builds them", async () => {
    const inputs = await inputsOf("gtk+-3.24");
    const info = (path: string) =>
      Promise.resolve(path === SOURCE ? { path, narSize: 1, references: [] } : undefined);
    const failure = await checkRealised(inputs, "gtk+-3.24", { name: "/nix/store", info })
      .catch((error: NixociError) => error) as NixociError;
    expect(failure.code).toBe("INCOMPLETE");
    expect(failure.message).toBe(
      "Cannot use gtk+-3.24: 3 inputs are not in /nix/store: fetched.tar, tree, tool-1.0-dev",
    );
    expect(failure.hint).toContain(`nix-store --realise '${goldenPathOf("fetched.tar")}!out'`);
    expect(failure.hint).toContain(`'${tool}!dev'`);
    const nothing = () => Promise.resolve(undefined);
    await expect(checkRealised([{ path: SOURCE }], "a", { name: "/nix/store", info: nothing }))
      .rejects.toMatchObject({ hint: expect.stringContaining("evaluate the derivation") });
  });
});
