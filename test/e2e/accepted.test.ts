/** What nixoci has written, in the hands of the tools that it was written for. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { format } from "../../src/steps/format.ts";
import type { TransportOptions } from "../../transports/list.ts";
import { run } from "./support/command.ts";
import { copyBetween, originOf } from "./support/copying.ts";
import { buildah } from "./support/images/buildah.ts";
import { docker } from "./support/images/docker.ts";
import { MESSAGE } from "./support/images/sample.ts";
import { umoci } from "./support/images/umoci.ts";
import { lacks, peers } from "./support/peers.ts";
import { PLACES, type Spot } from "./support/places.ts";

/** OCI images, and one that Docker has made, in the formats that the places below have. */
const IMAGES = [buildah, umoci, docker];

describe.for(IMAGES)("an image by $name", (image) => {
  const runs = lacks("docker", image);

  test.skipIf(runs)("runs in Docker's engine", async () => {
    const spot = await copied("docker");
    expect(await runInDocker(spot.reference.replace("daemon:", ""))).toBe(MESSAGE);
  });

  test.skipIf(runs || lacks("registry"))(
    "is pulled from a registry by docker, and runs",
    async () => {
      const name = (await copied("registry")).reference.replace("registry:", "");
      await dockerSays("pull", name);
      expect(await runInDocker(name)).toBe(MESSAGE);
    },
  );

  test.skipIf(runs)("is loaded by docker load, and runs", async () => {
    const { path, name } = inFile(await copied("docker-archive"));
    await dockerSays("load", "--input", path);
    expect(await runInDocker(name)).toBe(MESSAGE);
  });

  test.skipIf(runs)(
    "is loaded by docker load with its layers still compressed, and runs",
    async () => {
      const { path, name } = inFile(await copied("docker-archive", { keepsLayers: true }));
      await dockerSays("load", "--input", path);
      expect(await runInDocker(name)).toBe(MESSAGE);
    },
  );

  test.skipIf(lacks("podman", image))(
    "is loaded by podman load with its layers still compressed",
    async () => {
      const { path } = inFile(await copied("docker-archive", { keepsLayers: true }));
      expect(await podmanSays("load", "--input", path)).toMatch(/^Loaded image: /);
    },
  );

  test.skipIf(lacks("podman", image))("is loaded by podman load from archives", async () => {
    for (const place of ["docker-archive", "oci-archive"]) {
      const { path } = inFile(await copied(place));
      expect(await podmanSays("load", "--input", path)).toMatch(/^Loaded image: /);
    }
  });

  test.skipIf(lacks("podman", "registry", image))("is pulled by podman", async () => {
    const name = (await copied("registry")).reference.replace("registry:", "");
    expect(await podmanSays("pull", "--quiet", "--tls-verify=false", name)).toMatch(
      /^[0-9a-f]{64}$/,
    );
  });

  test.skipIf(runs || lacks("podman"))("comes out of Podman's engine unharmed", async () => {
    const name = (await copied("podman")).reference.replace("daemon:", "");
    const archive = join(peers.env["TMPDIR"]!, `saved-${image.name}`);
    await podmanSays("save", "--output", archive, name);
    await dockerSays("load", "--input", archive);
    expect(await runInDocker(name)).toBe(MESSAGE);
  });

  test.skipIf(runs || lacks("skopeo"))(
    "is read by skopeo from an oci-archive, and runs",
    async () => {
      const { skopeo } = await copied("oci-archive");
      const name = `localhost/by-skopeo:${image.name}`;
      const host = `--dest-daemon-host=${peers.engines.docker}`;
      await run(["skopeo", "copy", "--quiet", host, skopeo, `docker-daemon:${name}`], peers);
      expect(await runInDocker(name)).toBe(MESSAGE);
    },
  );

  test.skipIf(lacks("umoci", "root", image))("is unpacked by umoci", async () => {
    const { path } = inFile(await copied("oci-dir"));
    const bundle = join(peers.env["TMPDIR"]!, `bundle-${image.name}`);
    await run(["umoci", "unpack", "--image", `${path}:tag`, bundle], peers);
    expect((await run(["cat", join(bundle, "rootfs/message")])).trim()).toBe(MESSAGE);
  });

  test.skipIf(lacks("oci-image-tool", image))("is valid for oci-image-tool", async () => {
    const { path } = inFile(await copied("oci-dir"));
    await run(["oci-image-tool", "validate", "--type", "image", "--ref", "name=tag", path], peers);
  });

  /** The image in a new spot of the place; OCI's places get OCI's format. */
  async function copied(place: string, options: TransportOptions = {}): Promise<Spot> {
    const plain = PLACES.find(({ name }) => name === place)!.spot();
    const spot = { ...plain, options: { ...plain.options, ...options } };
    const steps = place.startsWith("oci") ? [format("oci")] : [];
    await copyBetween({ reference: originOf(image), options: {} }, spot, { steps });
    return spot;
  }
});

/** A spot in a file or folder: where, and under which name. */
function inFile({ reference }: Spot): { path: string; name: string } {
  const [, path = "", name = ""] = /^[^:]+:([^:]+):(.+)$/.exec(reference)!;
  return { path, name };
}

async function runInDocker(image: string): Promise<string> {
  return await dockerSays("run", "--rm", "--network", "none", image);
}

async function dockerSays(...args: string[]): Promise<string> {
  return (await run(["docker", "--host", peers.engines.docker!, ...args], peers)).trim();
}

async function podmanSays(...args: string[]): Promise<string> {
  return (await run(["podman", "--url", peers.engines.podman!, ...args], peers)).trim();
}
