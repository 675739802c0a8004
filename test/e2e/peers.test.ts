/** The peers themselves: that all of them are here, where they must be. */
import { expect, test } from "vitest";
import { PARTS } from "./support/parts.ts";
import { MAKERS } from "./support/images/mod.ts";
import { lacks, peers } from "./support/peers.ts";
import { run } from "./support/command.ts";
import { MESSAGE } from "./support/images/sample.ts";

/** On a machine of somebody's own a part may be missing; where CI is, none may. */
const mayBeMissing = !process.env["CI"];

test.for(PARTS)("%s is here", (part, { skip }) => {
  const missing = peers.missing[part];
  if (mayBeMissing && missing !== undefined) skip(missing);
  expect(missing).toBeUndefined();
});

test.for(MAKERS)(
  "$name made an image that skopeo reads",
  async ({ name, needs, kind }, { skip }) => {
    if (lacks("skopeo", ...needs)) skip(`needs ${["skopeo", ...needs].join(", ")}`);
    const { origin } = peers.samples.find((sample) => sample.name === name)!;
    const manifest = JSON.parse(await run(["skopeo", "inspect", "--raw", origin], peers));
    expect(Object.keys(manifest)).toContain(kind === "image" ? "layers" : "manifests");
  },
);

test.skipIf(lacks("docker"))("docker runs the image that it has made", async () => {
  const docker = ["docker", "--host", peers.engines.docker!];
  const said = await run(
    [...docker, "run", "--rm", "--network", "none", "localhost/sample:docker"],
    peers,
  );
  expect(said).toBe(`${MESSAGE}\n`);
});
