/** What a SPEC's paths bring along, and what is said of it. */
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { build } from "../../src/compose/build.ts";
import { checkSpec } from "../../src/compose/spec/read.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { ls } from "../../src/flatten/ls.ts";
import { readConfig } from "../../src/image/documents/load.ts";
import { HELLO, LIBC, LONE, ROOT, smallStore } from "./store.ts";

const GONE = `/nix/store/${"g".repeat(32)}-gone`;

async function built(spec: Spec, files: Readonly<Record<string, string>> = {}) {
  const { folder, store } = await smallStore();
  await symlink(ROOT, join(store, `/nix/store/${"l".repeat(32)}-link`));
  await mkdir(join(folder, "own/bin"), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, "own", name);
    if (text.startsWith("-> ")) await symlink(text.slice(3), path);
    else await writeFile(path, text);
    if (text.startsWith("#!")) await chmod(path, 0o755);
  }
  const graph = [
    { path: LIBC, references: [], narSize: 100 },
    { path: HELLO, references: [LIBC], narSize: 100_000 },
    { path: ROOT, references: [HELLO], narSize: 30_000 },
    { path: `/nix/store/${"l".repeat(32)}-link`, references: [ROOT], narSize: 100 },
  ];
  await writeFile(join(folder, "graph.json"), JSON.stringify(graph));
  const notices: string[] = [];
  const { image, plan } = await build({ store: "store", closure: "graph.json", ...spec }, {
    folder,
    onNotice: ({ code, message }) => notices.push(`${code} ${message.replaceAll(folder, "")}`),
  });
  return { files: [...await ls(image)].map(({ path }) => path), notices, image, plan };
}

describe("a plain folder", () => {
  it("brings the store paths that its links and scripts lead to", async () => {
    const { files, notices } = await built({ copyToRoot: "own" }, {
      "bin/hello": `-> ${HELLO}/bin/hello`,
      "bin/script": `#!${ROOT}/bin/hi -x\n${LONE}`,
      "bin/text": `#!${LONE}`.slice(1),
    });
    expect(files).toEqual(expect.arrayContaining([`${LIBC}/lib/libc.so`, `${ROOT}/bin/hi`]));
    expect(files).not.toContain(LONE);
    expect(notices).toEqual([]);
  });

  it("is said to lack those that are not there, and in nix2container's style all", async () => {
    const files = { "bin/hello": `-> ${HELLO}/bin/hello`, "bin/gone": `-> ${GONE}/bin/x` };
    const message = (path: string) =>
      `LEFT_OUT copyToRoot: /own leads to ${path}, which it does not bring; name it in deps`;
    expect((await built({ copyToRoot: "own" }, files)).notices).toEqual([message(GONE)]);
    const other = await built({ style: "nix2container", copyToRoot: "own" }, files);
    expect(other.notices).toEqual([message(`${HELLO} and 1 more`)]);
    expect(other.files).not.toContain(`${HELLO}/bin/hello`);
    const without = await built({ copyToRoot: "own", includeStorePaths: false }, files);
    expect(without.notices).toEqual([]);
  });
});

it("a store path that is a link to a folder brings that folder's files, and is there itself", async () => {
  const link = `/nix/store/${"l".repeat(32)}-link`;
  for (const style of ["dockertools", "nix2container"] as const) {
    const { files } = await built({ style, copyToRoot: link });
    expect(files).toContain("/bin/hi");
    expect(files.includes(link)).toBe(style === "dockertools");
  }
});

it("what is in the image twice is said, and what is better", async () => {
  const { notices } = await built({ copyToRoot: ROOT });
  expect(notices).toEqual([
    expect.stringMatching(
      /^TWICE copyToRoot: 30000 bytes are in the image twice, .* nix2container/,
    ),
  ]);
  expect((await built({ style: "nix2container", copyToRoot: ROOT })).notices).toEqual([]);
});

it.each([
  ["aarch64", "arm64", undefined],
  ["armv7l", "arm", "v7"],
  ["armv6l", "arm", "v6"],
  ["i686", "386", undefined],
  ["x86_64", "amd64", undefined],
  ["powerpc64le", "ppc64le", undefined],
  ["arm", "arm", undefined],
  ["riscv64", "riscv64", undefined],
  ["aarch64-linux", "arm64", undefined],
  ["armv6l-linux", "arm", "v6"],
])("%s is %s to images", async (name, architecture, variant) => {
  for (const spec of [{ architecture: name }, { arch: name }]) {
    const { image } = await built({ ...spec, deps: LIBC });
    const { json } = await readConfig(image.config);
    expect([json.architecture, json.variant]).toEqual([architecture, variant]);
  }
});

it("fields that change nothing are said to", async () => {
  const notices: string[] = [];
  const fields = {
    meta: {},
    debug: false,
    passthru: { a: 1 },
    diskSize: 1024,
    enableFakechroot: true,
  };
  const spec = await checkSpec(
    { name: "app", ...fields, layers: [{ meta: { a: 1 } }] },
    "it",
    (one) => notices.push(`${one.code} ${one.message}`),
  );
  expect(spec).toEqual({ name: "app", layers: [{}] });
  expect(notices).toEqual([
    "LEFT_OUT it: passthru is left out: it says nothing of the image",
    "LEFT_OUT it: diskSize is left out: there is no virtual machine",
    "LEFT_OUT it: enableFakechroot is left out: there is no script to run in it",
    "LEFT_OUT it: meta is left out: it says nothing of the image",
  ]);
  const script = { enableFakechroot: true, fakeRootCommands: "x" };
  expect(await checkSpec({ ...fields, ...script }, "it")).toEqual(script);
});
