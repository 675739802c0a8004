import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canEditLines, findCertificates, findShell } from "../../src/shell/find.ts";

const closureOf = (...names: string[]) =>
  names.map((name, i) => ({
    path: `/nix/store/${String(i).repeat(32)}-${name}`,
    narSize: 1,
    references: [],
  }));

describe("a closure", () => {
  it("may have a Bash, best an interactive one", () => {
    const interactive = closureOf(
      "bash-5.2p37",
      "bash-interactive-5.2p37",
      "bash-interactive-5.2p37-man",
    );
    expect(findShell(interactive)).toBe(`${interactive[1]!.path}/bin/bash`);
    const plain = closureOf("bash-5.1", "bash-5.2p37", "bash-5.2p37-dev", "bash-completion-2.14");
    expect(findShell(plain)).toBe(`${plain[1]!.path}/bin/bash`);
    expect(findShell(closureOf("dash-0.5", "bash-completion-2.14"))).toBeUndefined();
  });

  it("may have certificates", () => {
    const closure = closureOf("nss-cacert-3.98", "nss-cacert-3.108", "nss-cacert-3.98-p11kit");
    expect(findCertificates(closure))
      .toBe(`${closure[1]!.path}/etc/ssl/certs/ca-bundle.crt`);
    expect(findCertificates(closureOf("nss-3.98"))).toBeUndefined();
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
