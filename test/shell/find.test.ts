import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { canEditLines, findCertificates, findShell } from "../../src/shell/inputs/find.ts";
import { folderToDispose } from "../support/folder.ts";

const closureOf = (...names: string[]) =>
  names.map((name, i) => ({
    path: `/nix/store/${String(i).repeat(32)}-${name}`,
    narSize: 1,
    references: [],
  }));

/** A store in a folder, in which some paths have a file. */
async function storeWith(file: string, closure: readonly { readonly path: string }[]) {
  const { path: folder, dispose } = await folderToDispose();
  onTestFinished(dispose);
  const store = { realPath: (path: string) => join(folder, path) };
  for (const { path } of closure) {
    await mkdir(dirname(store.realPath(`${path}/${file}`)), { recursive: true });
    await writeFile(store.realPath(`${path}/${file}`), "");
  }
  return store;
}

describe("a closure", () => {
  it("may have a Bash, best an interactive one", async () => {
    const interactive = closureOf(
      "bash-5.2p37",
      "bash-interactive-5.2p37",
      "bash-interactive-5.2p37-man",
    );
    const store = await storeWith("bin/bash", interactive);
    expect(findShell(interactive, store)).toBe(`${interactive[1]!.path}/bin/bash`);
    const plain = closureOf("bash-5.1", "bash-5.2p37", "bash-5.2p37-dev", "bash-completion-2.14");
    expect(findShell(plain, await storeWith("bin/bash", plain)))
      .toBe(`${plain[1]!.path}/bin/bash`);
    const none = closureOf("dash-0.5", "bash-completion-2.14");
    expect(findShell(none, await storeWith("bin/bash", none))).toBeUndefined();
  });

  it("has no Bash in what is only called so", async () => {
    const closure = closureOf("bash-5.2", "bash-5.2.tar.gz", "bash-5.2.drv");
    const store = await storeWith("bin/bash", closure.slice(0, 1));
    for (const { path } of closure.slice(1)) await writeFile(store.realPath(path), "");
    expect(findShell(closure, store)).toBe(`${closure[0]!.path}/bin/bash`);
  });

  it("may have certificates", async () => {
    const closure = closureOf("nss-cacert-3.98", "nss-cacert-3.108", "nss-cacert-3.98-p11kit");
    const store = await storeWith("etc/ssl/certs/ca-bundle.crt", closure);
    expect(findCertificates(closure, store))
      .toBe(`${closure[1]!.path}/etc/ssl/certs/ca-bundle.crt`);
    expect(findCertificates(closureOf("nss-3.98"), store)).toBeUndefined();
  });
});

it("a Bash that edits lines has a variable for that", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-shell-"));
  await writeFile(join(folder, "with"), "\x7fELF\0READLINE_LINE\0");
  await writeFile(join(folder, "without"), "\x7fELF\0");
  expect(await canEditLines(join(folder, "with"))).toBe(true);
  expect(await canEditLines(join(folder, "without"))).toBe(false);
  await rm(folder, { recursive: true });
});
