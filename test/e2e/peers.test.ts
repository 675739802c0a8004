/** The peers themselves: that all of them are here, where they must be. */
import { expect, test } from "vitest";
import { run } from "./support/command.ts";
import { originOf } from "./support/copying.ts";
import { docker } from "./support/images/docker.ts";
import { MAKERS } from "./support/images/mod.ts";
import { MESSAGE } from "./support/images/sample.ts";
import { type Part, PARTS, RARE_PARTS } from "./support/parts.ts";
import { lacking, lacks, peers } from "./support/peers.ts";

/** On a machine of somebody's own a part may be missing; where CI is, few may. */
const mayBeMissing = (part: Part): boolean => !process.env["CI"] || RARE_PARTS.includes(part);

test.for(PARTS)("%s is here", (part, { skip }) => {
  const missing = peers.missing[part];
  if (mayBeMissing(part) && missing !== undefined) skip(missing);
  expect(missing).toBeUndefined();
});

test.for(MAKERS)("$name made an image that skopeo reads", async (maker, { skip }) => {
  const absent = lacking("skopeo", maker);
  if (absent.length > 0) skip(`needs ${absent.join(", ")}`);
  const inspect = ["skopeo", "inspect", "--raw", originOf(maker)];
  const manifest = JSON.parse(await run(inspect, peers));
  expect(manifest).toHaveProperty(maker.kind === "image" ? "layers" : "manifests");
});

test.skipIf(lacks(docker))("docker runs the image that it has made", async () => {
  const { docker: host = "" } = peers.engines;
  const words = ["run", "--rm", "--network", "none", "localhost/sample:docker"];
  expect(await run(["docker", "--host", host, ...words], peers)).toBe(`${MESSAGE}\n`);
});
