/** The places that images are copied between, in nixoci's words and in skopeo's. */
import { createHash, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TransportOptions } from "../../../transports/mod.ts";
import { run } from "./command.ts";
import type { Part } from "./parts.ts";
import { need, peers } from "./peers.ts";

/** One image in one place. */
export interface Spot {
  readonly reference: string;
  readonly options: TransportOptions;
  /** The same options as flags of the command line: `--host=…`. */
  readonly flags: readonly string[];
  /** How skopeo names it, and what it must be told (without `--src-` and `--dest-`). */
  readonly skopeo: string;
  readonly skopeoFlags: readonly string[];
}

export interface Place {
  readonly name: string;
  readonly needs: readonly Part[];
  /** Holds manifests as they are; other places make their own, and keep only the config. */
  readonly keepsManifest: boolean;
  /** A spot that holds nothing yet. */
  spot(): Spot;
}

/** Every test file counts for itself, and all of them share the peers. */
const file = randomUUID().slice(0, 8);
let spots = 0;

const next = () => `${file}-${++spots}`;

export const PLACES: readonly Place[] = [
  {
    name: "registry",
    needs: ["registry"],
    keepsManifest: true,
    spot() {
      const at = `${need(peers.registries.plain, "the registry").host}/spot/${next()}:tag`;
      const skopeoFlags = ["tls-verify=false"];
      return spot(`registry:${at}`, `docker://${at}`, { skopeoFlags });
    },
  },
  {
    name: "oci-dir",
    needs: [],
    keepsManifest: true,
    spot: () => inFile("oci-dir", "oci", "tag"),
  },
  {
    name: "oci-archive",
    needs: ["tar"],
    keepsManifest: true,
    spot: () => inFile("oci-archive", "oci-archive", "tag"),
  },
  {
    name: "docker-archive",
    needs: [],
    keepsManifest: false,
    spot: () => inFile("docker-archive", "docker-archive", "localhost/spot:tag"),
  },
  engine("docker"),
  engine("podman"),
];

function engine(name: "docker" | "podman"): Place {
  return {
    name,
    needs: [name],
    keepsManifest: false,
    spot() {
      const image = `localhost/spot:${next()}`;
      const host = need(peers.engines[name], name);
      return spot(`daemon:${image}`, `docker-daemon:${image}`, {
        options: { host },
        flags: [`host=${host}`],
        skopeoFlags: [`daemon-host=${host}`],
      });
    },
  };
}

function inFile(scheme: string, skopeo: string, name: string): Spot {
  const location = `${join(peers.env["TMPDIR"]!, next())}:${name}`;
  return spot(`${scheme}:${location}`, `${skopeo}:${location}`);
}

function spot(reference: string, skopeo: string, more: Partial<Spot> = {}): Spot {
  return { reference, skopeo, options: {}, flags: [], skopeoFlags: [], ...more };
}

/** Lets skopeo put the image into the spot. */
export async function seed(origin: string, { skopeo, skopeoFlags }: Spot): Promise<void> {
  const flags = skopeoFlags.map((flag) => `--dest-${flag}`);
  await run(["skopeo", "copy", "--quiet", ...flags, origin, skopeo], peers);
}

/** What identifies an image. */
export interface Facts {
  /** The digest of the manifest's bytes. */
  readonly manifest: string;
  /** The digest of the config: the image ID. */
  readonly config: string;
  readonly diffIds: readonly string[];
}

/** What others than we say about the image in the spot. */
export async function factsOf(spot: Spot): Promise<Facts> {
  const { manifest, config } = await (spot.skopeo.startsWith("oci") ? readLayout : askSkopeo)(spot);
  return {
    manifest: `sha256:${createHash("sha256").update(manifest).digest("hex")}`,
    config: JSON.parse(manifest).config.digest,
    diffIds: JSON.parse(config).rootfs.diff_ids,
  };
}

interface Documents {
  readonly manifest: string;
  readonly config: string;
}

async function askSkopeo({ skopeo, skopeoFlags }: Spot): Promise<Documents> {
  const inspect = ["skopeo", "inspect", ...skopeoFlags.map((flag) => `--${flag}`)];
  return {
    manifest: await run([...inspect, "--raw", skopeo], peers),
    config: await run([...inspect, "--config", "--raw", skopeo], peers),
  };
}

/** By hand: skopeo does not see manifests of Docker's media type in an OCI layout. */
async function readLayout({ skopeo }: Spot): Promise<Documents> {
  const [, path = ""] = /:(.+):[^:]+$/.exec(skopeo)!;
  const read = async (name: string) => {
    if (skopeo.startsWith("oci:")) return await readFile(join(path, name), "utf8");
    return await run(["tar", "--extract", "--to-stdout", "--file", path, name]);
  };
  const blob = (digest: string) => read(`blobs/${digest.replace(":", "/")}`);
  const { manifests } = JSON.parse(await read("index.json"));
  const manifest = await blob(manifests[0].digest);
  return { manifest, config: await blob(JSON.parse(manifest).config.digest) };
}
