/** Real engines, by the programs that ssh would start there: a stand-in runs its words here. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { nixociCommand, run } from "./support/command.ts";
import { lacks, need, peers } from "./support/peers.ts";

const HELLO = "oci-dir:examples/hello";
let env: Record<string, string>;

beforeAll(async () => {
  const bin = join(peers.env["TMPDIR"]!, "ssh-bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "ssh"), '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n');
  await chmod(join(bin, "ssh"), 0o755);
  env = { ...peers.env, PATH: `${bin}${delimiter}${peers.env["PATH"]}` };
});

/** The image ID of what is at a place. */
async function imageIdOf(place: string): Promise<string> {
  const words = nixociCommand("inspect", "--json", "--platform", "linux/amd64", place);
  return JSON.parse(await run(words, { env })).configDigest;
}

for (const name of ["docker", "podman"] as const) {
  test.skipIf(lacks(name, "docker"))(`${name} is loaded into and read from`, async () => {
    const socket = need(peers.engines[name], name).replace("unix://", "");
    const place = `daemon:localhost/by-ssh:${name}`;
    const host = `ssh://somebody@somewhere${socket}`;
    const amd64 = ["--platform", "linux/amd64"];
    await run(nixociCommand("copy", "-q", ...amd64, HELLO, place, "--host", host), { env });
    const out = `oci-dir:${join(peers.env["TMPDIR"]!, `by-ssh-${name}`)}:a`;
    await run(nixociCommand("copy", "-q", place, out), { env: { ...env, DOCKER_HOST: host } });
    expect(await imageIdOf(out)).toBe(await imageIdOf(HELLO));
  }, 120_000);
}
