import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findMentions, readClosure, resolveStorePath } from "../../../src/nix/store/closure.ts";
import type { PathInfo } from "../../../src/nix/formats/path-info.ts";
import { type NixStore, openStore } from "../../../src/nix/store/store.ts";
import { temporaryFolder } from "../../support/folder.ts";
import {
  BASH,
  CLOSURE,
  HELLO,
  INFOS,
  LIBC,
  makeClosedDatabase,
  OTHER,
  pathOf,
} from "../support/store.ts";

async function storeOf(
  infos: readonly PathInfo[] = INFOS,
): Promise<{ root: string; store: NixStore }> {
  const root = await temporaryFolder();
  mkdirSync(join(root, "nix/store"), { recursive: true });
  await makeClosedDatabase(root, infos);
  const store = await openStore({ root });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { root, store };
}

const pathsOf = (closure: readonly PathInfo[]) => closure.map(({ path }) => path);

describe("a closure", () => {
  it("is a path with all that it refers to, sorted", async () => {
    const { store } = await storeOf();
    expect(await readClosure([HELLO], store)).toEqual(CLOSURE);
    expect(pathsOf(await readClosure([BASH], store))).toEqual([BASH, LIBC]);
    expect(pathsOf(await readClosure([LIBC], store))).toEqual([LIBC]);
    expect(await readClosure([], store)).toEqual([]);
  });

  it("is of several paths, each once", async () => {
    const { store } = await storeOf();
    const closure = await readClosure([LIBC, OTHER, BASH, BASH, `${LIBC}/lib/libc.so.6`], store);
    expect(pathsOf(closure)).toEqual([OTHER, BASH, LIBC]);
  });

  it("may hold circles", async () => {
    const [a, b] = [pathOf("a", "a"), pathOf("b", "b")];
    const { store } = await storeOf([
      { ...INFOS[0]!, path: a, references: [b] },
      { ...INFOS[0]!, path: b, references: [a] },
    ]);
    expect(pathsOf(await readClosure([b], store))).toEqual([a, b]);
  });

  it("may be deep", async () => {
    const letters = [..."0123456789abcdfghijklmnpqrsvwxyz"];
    const all = letters.flatMap((one) => letters.map((two) => `${one}${two}`.repeat(16)));
    const paths = all.map((hash) => `/nix/store/${hash}-p`);
    const { store } = await storeOf(paths.map((path, index) => ({
      ...INFOS[0]!,
      path,
      references: paths.slice(index + 1, index + 2),
    })));
    expect(await readClosure([paths[0]!], store)).toHaveLength(1024);
  });

  it("is not of a path that the store does not have", async () => {
    const { root, store } = await storeOf();
    const path = pathOf("c", "absent");
    await expect(readClosure([HELLO, path], store)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `${path} is not valid in ${root}/nix/store`,
      hint: expect.stringContaining("nix-store --realise"),
    });
  });

  it("must be whole", async () => {
    const described = join(await temporaryFolder(), "closure.json");
    writeFileSync(described, JSON.stringify(CLOSURE.slice(0, 2)));
    const store = await openStore({ descriptions: [described] });
    await expect(readClosure([HELLO], store)).rejects.toMatchObject({
      code: "INCOMPLETE",
      message: expect.stringMatching(
        `^Cannot find a whole closure: .* refers to ${LIBC}, which is not in ${described}$`,
      ),
      hint: expect.stringContaining("nix path-info --recursive"),
    });
  });
});

describe("a user's path", () => {
  it("means the store path that it leads to", async () => {
    const { root, store } = await storeOf();
    const folder = await temporaryFolder();
    const links = {
      result: HELLO,
      again: "result",
      inside: `${HELLO}/bin/hello`,
      real: join(root, HELLO),
      relative: relative(folder, join(root, BASH)),
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
    const at = (path: string) => resolveStorePath(path, store);
    for (const name of ["result", "again", "inside", "real"]) {
      expect(await at(join(folder, name))).toBe(HELLO);
    }
    expect(await at(join(folder, "relative"))).toBe(BASH);
    expect(await at(relative(process.cwd(), join(folder, "result")))).toBe(HELLO);
    expect(await at(`${HELLO}/bin/hello`)).toBe(HELLO);
    expect(await at(`${root}${HELLO}/bin/hello`)).toBe(HELLO);
  });

  it("that is a link in the store is meant itself", async () => {
    const { root, store } = await storeOf();
    symlinkSync(BASH, join(root, HELLO));
    expect(await resolveStorePath(join(root, HELLO), store)).toBe(HELLO);
  });

  it("is refused when it leads elsewhere", async () => {
    const { root, store } = await storeOf();
    const folder = await temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    symlinkSync("file", join(folder, "link"));
    symlinkSync("loop", join(folder, "loop"));
    for (const name of ["file", "link", "loop", "."]) {
      const path = join(folder, name);
      await expect(resolveStorePath(path, store)).rejects.toMatchObject({
        code: "MALFORMED",
        message: `${path} is not in the store ${root}/nix/store`,
        hint: expect.stringContaining("./result"),
      });
    }
    await expect(resolveStorePath(join(folder, "absent"), store)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `Cannot find ${folder}/absent in the store: no such file or directory`,
    });
    await expect(resolveStorePath("/nix/store/hello", store)).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringContaining("is not a store path"),
    });
  });
});

describe("what a text mentions", () => {
  it("is found by its hash, and what is unknown is told", async () => {
    const { store } = await storeOf();
    const absent = pathOf("c", "absent");
    const text = `Run ${LIBC}. Then ${HELLO}/bin/hello, ${HELLO}?x=1 and ${absent}; /etc/passwd`;
    expect(await findMentions(text, store)).toEqual({ valid: [HELLO, LIBC], unknown: [absent] });
    expect(await findMentions("nothing", store)).toEqual({ valid: [], unknown: [] });
  });
});
