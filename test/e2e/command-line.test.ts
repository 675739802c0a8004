/** The command line as a process of its own, once for every place at each end, and in pipes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { copyWords, nixoci, originOf, seeded } from "./support/copying.ts";
import { buildah } from "./support/images/buildah.ts";
import { docker } from "./support/images/docker.ts";
import { MESSAGE } from "./support/images/sample.ts";
import { lacking, lacks, peers } from "./support/peers.ts";
import { factsOf, type Place, PLACES } from "./support/places.ts";

const place = (name: string): Place => PLACES.find((one) => one.name === name)!;

/** Each place as a source once, and as a destination once. */
const ROUND = PLACES.map((from, i) => ({ from, to: PLACES[(i + 1) % PLACES.length]! }));

describe("nixoci copy", () => {
  test.for(ROUND)("from $from.name to $to.name", async ({ from, to }, { skip }) => {
    const absent = lacking("skopeo", buildah, from, to);
    if (absent.length > 0) skip(`needs ${absent.join(", ")}`);
    const { spot, facts } = await seeded(buildah, from);
    const target = to.spot();

    const { status, stdout, stderr } = await nixoci(copyWords(spot, target));

    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout.toString()).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    const got = await factsOf(target);
    expect(got).toMatchObject({ config: facts.config, diffIds: facts.diffIds });
    if (to.keepsManifest) expect(stdout.toString().trim()).toBe(got.manifest);
  });

  test.skipIf(lacks("docker", buildah))("into docker load, by a pipe", async () => {
    const name = "localhost/piped:tag";
    const copy = nixociCommand("copy", originOf(buildah), `docker-archive:-:${name}`);
    const docker = `docker --host ${peers.engines.docker}`;
    const { stdout } = await shell(`${words(copy)} | ${docker} load`);
    expect(stdout.toString()).toContain(name);
    const said = await shell(`${docker} run --rm --network none ${name}`);
    expect(said.stdout.toString()).toBe(`${MESSAGE}\n`);
  });

  test.skipIf(lacks("docker", "skopeo", buildah))("from docker save, by a pipe", async () => {
    const { spot, facts } = await seeded(buildah, place("docker"));
    const target = place("oci-dir").spot();
    const name = spot.reference.replace("daemon:", "");
    const copy = nixociCommand("copy", "docker-archive:-", target.reference);
    await shell(`docker --host ${peers.engines.docker} save ${name} | ${words(copy)}`);
    expect(await factsOf(target)).toMatchObject({ config: facts.config, diffIds: facts.diffIds });
  });

  test.skipIf(lacks(buildah))("writes one JSON value, and the digest to a file", async () => {
    const target = place("oci-dir").spot();
    const file = join(peers.folder, "digest");
    const words = ["copy", "--json", "--digest-file", file, originOf(buildah), target.reference];
    const { status, stdout } = await nixoci(words);
    expect(status).toBe(0);
    const { images } = JSON.parse(stdout.toString());
    const { manifest } = await factsOf(target);
    expect(images).toMatchObject([{ descriptor: { digest: manifest } }]);
    expect(await readFile(file, "utf8")).toBe(manifest);
  });
});

describe("nixoci inspect", () => {
  test.skipIf(lacks("skopeo", "registry", docker))("prints what skopeo prints", async () => {
    const { spot } = await seeded(docker, place("registry"));
    const skopeo = ["skopeo", "inspect", "--tls-verify=false", "--raw", spot.skopeo];
    const manifest = await nixoci(["inspect", "--raw", spot.reference]);
    expect(manifest.stdout.toString()).toBe(await run(skopeo, peers));
    const config = await nixoci(["inspect", "--config", spot.reference]);
    expect(config.stdout.toString()).toBe(await run([...skopeo, "--config"], peers));
  });
});

function words(command: readonly string[]): string {
  return command.map((word) => `'${word}'`).join(" ");
}

/** Runs a pipeline that must succeed in all of its parts. */
async function shell(pipeline: string) {
  const result = await attempt(["bash", "-o", "pipefail", "-c", pipeline], peers);
  expect(result).toMatchObject({ status: 0 });
  return result;
}
