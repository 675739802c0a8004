/** `contents` of a SPEC: links at the root in the last layer, and what they lead to. */
import { chmod, mkdir, readlink, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { build } from "../../../src/compose/build.ts";
import type { Spec } from "../../../src/compose/spec/spec.ts";
import type { Notice } from "../../../src/base/notices.ts";
import { collectStream } from "../../../src/bytes/stream.ts";
import { ls } from "../../../src/flatten/ls.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { gnuTar, hasGnuTar } from "../../tar/support/oracles.ts";
import { HELLO, LIBC, LONE, makeSmallStore, ROOT } from "../store.ts";

async function built(spec: Spec, folder?: string) {
  const home = folder ?? await temporaryFolder();
  await makeSmallStore(home);
  const notices: Notice[] = [];
  const all = { store: "store", closure: "graph.json", ...spec };
  const result = await build(all, { folder: home, onNotice: (one) => notices.push(one) });
  return { ...result, home, said: notices.map(({ code, message }) => `${code} ${message}`) };
}

async function filesOf(spec: Spec, folder?: string) {
  const { image } = await built(spec, folder);
  return [...await ls(image)].map(({ path, linkpath }) =>
    linkpath ? `${path} -> ${linkpath}` : path
  );
}

describe("contents", () => {
  it("are links in the last layer, and what they lead to is in the layers below", async () => {
    const files = await filesOf({ contents: [HELLO, ROOT] });
    expect(files).toEqual(expect.arrayContaining([
      `/bin/hello -> ${HELLO}/bin/hello`,
      `/bin/hi -> ${HELLO}/bin/hello`,
      `/etc/passwd -> ${ROOT}/etc/passwd`,
      `${HELLO}/bin/hello`,
      `${ROOT}/etc/passwd`,
      `${LIBC}/lib/libc.so`,
    ]));
  });

  it.skipIf(!hasGnuTar)("have the bytes that dockerTools packs", async () => {
    const { image } = await built({ contents: [HELLO], uid: 1000, gid: 1000, mtime: "now" });
    const farm = await temporaryFolder();
    await mkdir(join(farm, "bin"));
    for (const path of [farm, join(farm, "bin")]) await chmod(path, 0o755);
    await symlink(`${HELLO}/bin/hello`, join(farm, "bin/hello"));
    const expected = gnuTar([
      ...["--sort=name", "--numeric-owner", "--owner=0", "--group=0", "--mtime=@315532800"],
      ...["--hard-dereference", "--format=gnu", "-C", farm, "-cf", "-", "."],
    ]);
    const bytes = await collectStream(image.layers.at(-1)!.open(), 1 << 20, "it");
    expect(bytes.equals(expected)).toBe(true);
  });

  it("leave the store out where the SPEC says so", async () => {
    const files = await filesOf({ contents: HELLO, includeStorePaths: false });
    expect(files).toEqual(["/bin", `/bin/hello -> ${HELLO}/bin/hello`]);
  });

  it("take a link outside of the store for what it leads to, and one in it as it is", async () => {
    const folder = await temporaryFolder();
    await makeSmallStore(folder);
    const alias = `/nix/store/${"f".repeat(32)}-alias`;
    await symlink(HELLO, join(folder, "store", alias));
    await symlink(HELLO, join(folder, "result"));
    const graph = [
      { path: alias, references: [HELLO], narSize: 1 },
      { path: HELLO, references: [LIBC], narSize: 1 },
      { path: LIBC, references: [], narSize: 1 },
    ];
    await writeFile(join(folder, "alias.json"), JSON.stringify(graph));
    const of = async (contents: string) => {
      const spec = { contents, closure: "alias.json", store: "store" };
      return [...await ls((await build(spec, { folder })).image)];
    };
    const ofAlias = await of(alias);
    const find = (path: string) => ofAlias.find((one) => one.path === path)?.linkpath;
    expect(find("/bin/hello")).toBe(`${alias}/bin/hello`);
    expect(find(alias)).toBe(HELLO);
    const ofResult = await of("result");
    expect(ofResult.find(({ path }) => path === "/bin/hello")?.linkpath).toBe(`${HELLO}/bin/hello`);
    expect(await readlink(join(folder, "result"))).toBe(HELLO);
  });

  it("copy a folder that is in no store, with what its scripts need", async () => {
    const folder = await temporaryFolder();
    const script = join(folder, "app/bin/run");
    await mkdir(dirname(script), { recursive: true });
    await writeFile(script, `#!${HELLO}/bin/hello\n`);
    await chmod(script, 0o755);
    const files = await filesOf({ contents: ["app", ROOT] }, folder);
    expect(files).toEqual(expect.arrayContaining(["/bin/run", `${LIBC}/lib/libc.so`]));
  });

  it("tell who was first, and what is left out", async () => {
    const folder = await temporaryFolder();
    for (const name of ["one", "two"]) {
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, "f"), name);
    }
    const { said } = await built({ contents: ["one", "two"] }, folder);
    expect(said).toEqual([
      `LEFT_OUT contents: /f of ${folder}/two is left out: ${folder}/one was first with it`,
    ]);
  });

  it("that all lose the same file are told of in one line", async () => {
    const folder = await temporaryFolder();
    const names = ["one", "two", "three", "four"];
    for (const name of names) {
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, "f"), name);
    }
    await writeFile(join(folder, "one", "g"), "");
    await writeFile(join(folder, "four", "g"), "");
    const { said } = await built({ contents: names }, folder);
    expect(said).toEqual([
      `LEFT_OUT contents: /f of ${folder}/two, ${folder}/three are left out: ` +
      `${folder}/one was first with it`,
      `LEFT_OUT contents: /f, /g of ${folder}/four are left out: ${folder}/one was first with them`,
    ]);
  });

  it("tell of users' files that engines refuse, and how to have others", async () => {
    const { said } = await built({ contents: ROOT });
    expect(said).toEqual([expect.stringMatching(
      /^ABSOLUTE_LINK \/etc\/passwd is an absolute link, which .* refuse to follow: .*fakeNss/,
    )]);
  });

  it("say what cannot be: a file, what is not there, copyToRoot besides", async () => {
    await expect(built({ contents: LONE })).rejects.toThrow(
      `contents: ${LONE} is not a folder`,
    );
    await expect(built({ contents: "nowhere" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(built({ contents: HELLO, copyToRoot: ROOT })).rejects.toMatchObject({
      code: "USAGE",
      message: "contents: there is copyToRoot as well",
    });
  });

  it("are what copyToRoot is in nix2container's style, where this was its name", async () => {
    const files = await filesOf({ style: "nix2container", contents: ROOT });
    expect(files).toContain("/etc/passwd");
    expect(files).not.toContain(`${ROOT}/etc/passwd`);
  });

  it("have their programs found", async () => {
    const { plan } = await built({ contents: HELLO, config: { Cmd: ["hello", "x"] } });
    expect(plan.config.config!["Cmd"]).toEqual(["/bin/hello", "x"]);
  });
});

it("a program behind a link to a folder in the store is found, in contents and in copies", async () => {
  const folder = await temporaryFolder();
  await makeSmallStore(folder);
  const env = `/nix/store/${"f".repeat(32)}-env`;
  await mkdir(join(folder, "store", env));
  await symlink(`${HELLO}/bin`, join(folder, "store", env, "bin"));
  const graph = [
    { path: env, references: [HELLO], narSize: 1 },
    { path: HELLO, references: [LIBC], narSize: 1 },
    { path: LIBC, references: [], narSize: 1 },
  ];
  await writeFile(join(folder, "env.json"), JSON.stringify(graph));
  for (const more of [{ contents: env }, { copyToRoot: env, copiesInStore: false }]) {
    const spec = { store: "store", closure: "env.json", config: { Cmd: ["hello"] }, ...more };
    const { plan } = await build(spec, { folder, strict: true });
    expect(plan.config.config!["Cmd"]).toEqual(["/bin/hello"]);
  }
});
