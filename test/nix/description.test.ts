import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodedOf } from "../../src/bytes/digest.ts";
import { readClosure } from "../../src/nix/store/closure.ts";
import { formatRegistration } from "../../src/nix/description/mod.ts";
import { formatHash } from "../../src/nix/formats/hash.ts";
import { hashNar } from "../../src/nix/formats/nar.ts";
import { dumpPath } from "../../src/nix/store/dump.ts";
import type { PathInfo } from "../../src/nix/formats/path-info.ts";
import { openStore } from "../../src/nix/store/store.ts";
import { temporaryFolder } from "../support/folder.ts";
import { BASH, CLOSURE, HELLO, LIBC, OTHER, pathOf } from "./support/store.ts";

async function file(contents: unknown): Promise<string> {
  const path = join(await temporaryFolder(), "description");
  writeFileSync(path, typeof contents === "string" ? contents : JSON.stringify(contents));
  return path;
}

async function read(...contents: unknown[]) {
  const store = await openStore({ descriptions: await Promise.all(contents.map(file)) });
  return await readClosure([HELLO], store);
}

/** What is asked of all forms; some have no more. */
const ESSENCE = CLOSURE.map(({ path, narHash, narSize, references }) => ({
  path,
  narHash,
  narSize,
  references,
}));

const sri = ({ narHash }: PathInfo) => formatHash(narHash!, "sri");

describe("a closure described in JSON", () => {
  it("is read as Nix up to 2.18 prints it: an array", async () => {
    const entries = CLOSURE.map((info) => ({
      ...info,
      narHash: sri(info),
      ultimate: true,
      signatures: ["key:abc"],
      closureSize: 600,
      valid: true,
    }));
    const absent = { path: OTHER, valid: false };
    expect(await read([...entries, absent])).toEqual(CLOSURE);
  });

  it("is read as Nix since 2.19 prints it: an object with a key for each path", async () => {
    const entries = CLOSURE.map(({ path, ...info }): [string, unknown] => [path, {
      ...info,
      narHash: sri({ path, ...info }),
      deriver: info.deriver ?? null,
      ca: null,
    }]);
    expect(await read(Object.fromEntries([...entries, [OTHER, null]]))).toEqual(CLOSURE);
    const versioned = [["version", 1], ["storeDir", "/nix/store"], ...entries];
    expect(await read(Object.fromEntries(versioned))).toEqual(CLOSURE);
  });

  it("is read in version 2, with base names and the store's folder said once", async () => {
    const base = (path: string) => basename(path);
    const info = Object.fromEntries(CLOSURE.map(({ path, references, deriver, ...rest }) => [
      base(path),
      {
        ...rest,
        version: 2,
        storeDir: "/nix/store",
        narHash: sri({ path, references, ...rest }),
        references: references.map(base),
        deriver: deriver === undefined ? null : base(deriver),
      },
    ]));
    const whole = { ...info, [base(OTHER)]: null };
    expect(await read({ version: 2, storeDir: "/nix/store", info: whole })).toEqual(CLOSURE);
  });

  it("is read with hashes in parts, as one release of Nix had them", async () => {
    const entries = CLOSURE.map(({ path, ...info }) => [path, {
      ...info,
      narHash: {
        algorithm: "sha256",
        format: "base64",
        hash: formatHash(info.narHash!, "base64"),
      },
    }]);
    expect(await read(Object.fromEntries(entries))).toEqual(CLOSURE);
  });

  it("is read as exportReferencesGraph writes it", async () => {
    const graph = CLOSURE.map((info) => ({
      closureSize: 600,
      narHash: `sha256:${formatHash(info.narHash!, "nix32")}`,
      narSize: info.narSize,
      path: info.path,
      references: [...info.references].reverse(),
      valid: true,
    }));
    expect(await read(graph)).toEqual(ESSENCE);
  });

  it("is read from all of .attrs.json, whatever its graphs are called", async () => {
    const [hello, ...rest] = ESSENCE;
    expect(
      await read({
        exportReferencesGraph: { one: [HELLO], other: [BASH] },
        one: [hello],
        other: rest,
        builder: "/bin/sh",
        Builder: "x",
        info: { a: 1 },
      }),
    ).toEqual(ESSENCE);
  });

  it("need not tell hashes", async () => {
    const without = CLOSURE.map(({ narHash: _, ...info }) => info);
    expect(await read(without)).toEqual(without);
  });
});

describe("a closure described in text", () => {
  const text = CLOSURE.map(({ path, narHash, narSize, references }) =>
    [path, encodedOf(narHash!), narSize, "", references.length, ...references, ""].join("\n")
  ).join("");

  it("is read as closureInfo registers it", async () => {
    expect(await read(text)).toEqual(ESSENCE);
    const prefixed = text.replaceAll(/^(?=[0-3]{64}$)/gm, "sha256:");
    expect(await read(prefixed)).toEqual(ESSENCE);
  });

  it("is written the same", () => {
    expect(formatRegistration(CLOSURE)).toBe(text);
    expect(formatRegistration([])).toBe("");
  });

  it("cannot be written without hashes", () => {
    const { narHash: _, ...info } = CLOSURE[0]!;
    expect(() => formatRegistration([info])).toThrow(expect.objectContaining({
      code: "INCOMPLETE",
      message: `Cannot register ${HELLO}: its NAR hash is not known`,
    }));
  });

  it("is read from closureInfo's folder", async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, "registration"), text);
    writeFileSync(join(folder, "store-paths"), "");
    const store = await openStore({ descriptions: [folder] });
    expect(await readClosure([HELLO], store)).toEqual(ESSENCE);
    expect(store.name).toBe(folder);
  });

  it("is read as nix-store --dump-db prints it, derivers included", async () => {
    const [hello, ...rest] = CLOSURE;
    const lines = [HELLO, encodedOf(hello!.narHash!), 300, hello!.deriver, 2, BASH, LIBC, ""];
    const { registrationTime: _, ...expected } = hello!;
    expect((await read(lines.join("\n") + text.split("\n").slice(7).join("\n")))[0])
      .toEqual(expected);
    expect(rest).toHaveLength(2);
  });

  it("is read in the old form, whose hashes and sizes the store's files tell", async () => {
    const root = await temporaryFolder();
    mkdirSync(join(root, "nix/store"), { recursive: true });
    const lines = CLOSURE.flatMap(({ path, deriver = "", references }) => {
      writeFileSync(join(root, path), path);
      return [path, deriver, references.length, ...references];
    });
    const store = await openStore({ root, descriptions: [await file(lines.join("\n") + "\n")] });
    const closure = await readClosure([HELLO], store);
    expect(closure.map(({ path }) => path)).toEqual(CLOSURE.map(({ path }) => path));
    expect(closure[0]).toEqual({
      path: HELLO,
      deriver: CLOSURE[0]!.deriver,
      references: [BASH, LIBC],
      ...await hashNar(dumpPath(join(root, HELLO))),
    });
  });
});

describe("descriptions together", () => {
  it("make one store", async () => {
    const [hello, bash, libc] = CLOSURE;
    expect(await read([hello, bash], formatRegistration([libc!, bash!]))).toEqual([
      hello,
      bash,
      ESSENCE[2],
    ]);
  });

  it("may not contradict one another", async () => {
    const [hello, bash] = CLOSURE;
    const other = { ...bash!, narHash: hello!.narHash };
    await expect(read(CLOSURE, [other])).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringMatching(`${BASH} is described twice, with different hashes$`),
    });
  });

  it("may not differ in sizes or references either, but for those to a path itself", async () => {
    const [hello] = CLOSURE;
    const { narHash: _, ...plain } = hello!;
    const said = async (other: object) => await read(CLOSURE, [{ ...plain, ...other }]);
    await expect(said({ references: [] })).rejects.toThrow("with different references");
    await expect(said({ narSize: hello!.narSize + 1 })).rejects.toThrow("with different sizes");
    const self = [...hello!.references, hello!.path];
    expect((await said({ references: self })).length).toBe(CLOSURE.length);
  });

  it("tell which store they are of", async () => {
    const path = pathOf("g", "guile", "/gnu/store");
    const described = await file([{ path, narSize: 1, references: [path] }]);
    const store = await openStore({ root: "/mnt", descriptions: [described] });
    expect(store.storeDir).toBe("/gnu/store");
    expect(store.realPath(path)).toBe(`/mnt${path}`);
    expect((await store.find("g".repeat(32)))?.path).toBe(path);
    await expect(openStore({ storeDir: "/nix/store", descriptions: [described] })).rejects
      .toThrow(`"${path}" is not a store path of /nix/store`);
  });
});

describe("a description is refused", () => {
  const entry = { path: HELLO, narSize: 1, references: [] };
  it.each<[string, unknown, string]>([
    ["cut short", "[{", "it is not valid JSON"],
    ["no path", [{ narSize: 1 }], "an entry has no path"],
    ["not an object", [1], "an entry has no path"],
    ["null for a path", [null], "an entry has no path"],
    ["a number for a path", { [HELLO]: 1 }, `what it says of ${HELLO} is not an object`],
    ["no size", [{ ...entry, narSize: undefined }], `${HELLO} has no narSize`],
    ["a negative size", [{ ...entry, narSize: -1 }], `the narSize of ${HELLO} is not a number of`],
    ["half a byte", [{ ...entry, narSize: 1.5 }], `the narSize of ${HELLO} is not a number of`],
    ["text for a size", [{ ...entry, narSize: "1" }], `the narSize of ${HELLO} is not a number`],
    [
      "no references",
      [{ ...entry, references: null }],
      `the references of ${HELLO} are not an array`,
    ],
    ["numbers for them", [{ ...entry, references: [1] }], `the references of ${HELLO} are no`],
    ["paths elsewhere", [{ ...entry, references: ["/etc"] }], '"/etc" is not a store path'],
    ["files in paths", [{ ...entry, references: [`${HELLO}/x`] }], `"${HELLO}/x" is not a store`],
    ["a bad hash", [{ ...entry, narHash: "abc" }], `the narHash of ${HELLO}: "abc" is not a hash`],
    ["a number for a hash", [{ ...entry, narHash: 1 }], `the narHash of ${HELLO} is not a hash`],
    ["a graph that is not there", { exportReferencesGraph: { g: [] } }, 'the graph "g" is missing'],
    ["no storeDir", { version: 2, info: {} }, "it does not say its storeDir"],
    ["no end", HELLO, "it is cut short: its last line has no end"],
    ["a path alone", `${HELLO}\n`, `it is cut short: what is known of ${HELLO} is missing`],
    [
      "no count",
      `${HELLO}\n\n`,
      `it is cut short: the number of references of ${HELLO} is missing`,
    ],
    ["a wrong count", `${HELLO}\n\nx\n`, `line 3 is not the number of references of ${HELLO}`],
    [
      "too few references",
      `${HELLO}\n\n2\n${BASH}\n`,
      `it is cut short: a reference of ${HELLO} is missing`,
    ],
    [
      "a huge count",
      `${HELLO}\n\n999999999999999\n${BASH}\n`,
      `it is cut short: a reference of ${HELLO} is missing`,
    ],
    ["no size in text", `${HELLO}\n${"1".repeat(64)}\n\n\n0\n`, `line 3 is not the size of`],
    ["something else", "hello\nworld\n", "line 1 is not a store path"],
    ["other JSON", { version: 2, paths: [] }, "it has no store paths"],
    ["no place", [{ ...entry, path: HELLO.slice(11) }], `"${HELLO.slice(11)}" is not a store path`],
    [
      "a place that leads elsewhere",
      { storeDir: "/nix/store/..", info: { [HELLO.slice(11)]: entry } },
      `"/nix/store/..${HELLO.slice(10)}" is not a store path`,
    ],
  ])("with %s", async (_, contents, why) => {
    const path = await file(contents);
    await expect(openStore({ descriptions: [path] })).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringContaining(`Cannot read the closure described in ${path}: ${why}`),
    });
  });

  it("when it is not there", async () => {
    await expect(openStore({ descriptions: ["/nowhere/at/all"] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "Cannot read the closure described in /nowhere/at/all: no such file or directory",
    });
  });

  it("when nothing is described in it, it describes an empty store", async () => {
    const store = await openStore({ descriptions: [await file("")] });
    expect(await store.info(HELLO)).toBeUndefined();
  });
});
