/** `base` by flags alone: a Nix is enough, and what it lacks is said in its own words. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../support/folder.ts";
import { outcomes } from "../run.ts";

const NIX = `/nix/store/${"a".repeat(32)}-nix-2.36.0`;

it("is made of a Nix and nothing else, and of nothing without one", async () => {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, NIX), { recursive: true });
  await writeFile(
    join(cwd, "graph.json"),
    JSON.stringify([{ path: NIX, narSize: 1, references: [] }]),
  );
  const store = ["base", "-q", "--store", ".", "--closure", "graph.json"];
  const [made, none, printed] = await outcomes([
    [...store, "--nix", NIX, "oci-dir:images:base"],
    [...store, "oci-dir:none:base"],
    ["base", "--print-spec"],
  ], { cwd });
  expect([made!.status, made!.stderr]).toEqual([0, ""]);
  for (const { status, stderr } of [none!, printed!]) {
    expect([status, stderr]).toEqual([2, expect.stringContaining("a base image needs a Nix")]);
  }
});

it("says that it has no certificates, unless none are wanted", async () => {
  const cwd = await temporaryFolder();
  const cacert = `/nix/store/${"c".repeat(32)}-cacert`;
  await mkdir(join(cwd, NIX), { recursive: true });
  await mkdir(join(cwd, cacert, "etc/ssl/certs"), { recursive: true });
  await writeFile(join(cwd, cacert, "etc/ssl/certs/ca-bundle.crt"), "");
  const graph = [NIX, cacert].map((path) => ({ path, narSize: 1, references: [] }));
  await writeFile(join(cwd, "graph.json"), JSON.stringify(graph));
  await writeFile(join(cwd, "none.json"), JSON.stringify({ helpers: { caCertificates: null } }));
  const base = ["base", "--store", ".", "--closure", "graph.json", "--nix", NIX];
  const done = await outcomes([
    [...base, "oci-dir:images:a"],
    [...base, "--tool", cacert, "oci-dir:images:b"],
    [...base, "--env", "NIX_SSL_CERT_FILE=/ca.crt", "oci-dir:images:c"],
    [...base, "none.json", "oci-dir:images:d"],
  ], { cwd });
  expect(done.map(({ status, stderr }) => [status, stderr.includes("no package has certificates")]))
    .toEqual([[0, true], [0, false], [0, false], [0, false]]);
});
