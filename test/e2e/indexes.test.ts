/** Images for several platforms, and artifacts that are not images, between real places. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { platform } from "../../src/steps/platform.ts";
import { run } from "./support/command.ts";
import { copyBetween, originOf } from "./support/copying.ts";
import { writeArtifact } from "./support/images/artifact.ts";
import { buildahIndex } from "./support/images/buildah.ts";
import { lacks, peers } from "./support/peers.ts";
import { PLACES, type Spot } from "./support/places.ts";

const spotIn = (place: string): Spot => PLACES.find(({ name }) => name === place)!.spot();

describe("an index by buildah", () => {
  const given = test.skipIf(lacks("skopeo", "registry", buildahIndex));
  const origin = () => ({ reference: originOf(buildahIndex), options: {} });

  given("goes whole through a registry and an archive, and keeps its digest", async () => {
    const [first, second, third] = [spotIn("registry"), spotIn("oci-archive"), spotIn("registry")];
    await copyBetween(origin(), first);
    await copyBetween(first, second);
    await copyBetween(second, third);
    const before = await run(["skopeo", "inspect", "--raw", originOf(buildahIndex)], peers);
    const after = await run(
      ["skopeo", "inspect", "--raw", "--tls-verify=false", third.skopeo],
      peers,
    );
    expect(after).toBe(before);
    // every image of it can be fetched there
    const layout = spotIn("oci-dir");
    const copy = ["skopeo", "copy", "--all", "--quiet", "--src-tls-verify=false"];
    await run([...copy, third.skopeo, layout.skopeo], peers);
  });

  given.for(["amd64", "arm64"])("gives the image for %s", async (architecture) => {
    const target = spotIn("registry");
    await copyBetween(origin(), target, { steps: [platform([{ os: "linux", architecture }])] });
    const inspect = ["skopeo", "inspect", "--config", "--raw", "--tls-verify=false", target.skopeo];
    expect(JSON.parse(await run(inspect, peers))).toMatchObject({ architecture });
  });

  given("made a manifest list by skopeo, keeps its digest too", async () => {
    const [source, target] = [spotIn("registry"), spotIn("registry")];
    const copy = ["skopeo", "copy", "--all", "--quiet", "--format=v2s2", "--dest-tls-verify=false"];
    await run([...copy, originOf(buildahIndex), source.skopeo], peers);
    await copyBetween(source, target);
    const inspect = ["skopeo", "inspect", "--raw", "--tls-verify=false"];
    const list = await run([...inspect, source.skopeo], peers);
    expect(JSON.parse(list).mediaType).toContain("docker");
    expect(await run([...inspect, target.skopeo], peers)).toBe(list);
  });

  given("gives a place that holds one image the host's", async () => {
    const target = spotIn("docker-archive");
    await copyBetween(origin(), target, { steps: [platform()] });
    const inspect = ["skopeo", "inspect", "--config", "--raw", target.skopeo];
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    expect(JSON.parse(await run(inspect, peers))).toMatchObject({ architecture });
  });
});

describe("an artifact that is not an image", () => {
  let origin: { reference: string; options: object };
  let digest: string;

  beforeAll(async () => {
    const layout = join(peers.env["TMPDIR"]!, "artifact");
    digest = await writeArtifact(layout);
    origin = { reference: `oci-dir:${layout}:artifact`, options: {} };
  });

  test.skipIf(lacks("registry", "tar"))(
    "goes untouched through a registry and an archive",
    async () => {
      const [first, second, third] = [spotIn("registry"), spotIn("oci-archive"), spotIn("oci-dir")];
      await copyBetween(origin, first);
      await copyBetween(first, second);
      const { images } = await copyBetween(second, third);
      expect(images[0]?.descriptor.digest).toBe(digest);
      const path = join(third.skopeo.split(":")[1]!, "blobs", digest.replace(":", "/"));
      expect(await readFile(path, "utf8")).toContain("application/vnd.example.recipe");
    },
  );

  test("is refused, in words, where only images can be", async () => {
    await expect(copyBetween(origin, spotIn("docker-archive"))).rejects.toMatchObject({
      name: "NixociError",
      code: "UNSUPPORTED",
    });
  });
});
