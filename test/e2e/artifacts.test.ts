/** What is attached to images, and artifacts of files, as oras and regctl have them. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { openArtifactFile } from "../../src/artifact/open-file.ts";
import { writeArtifactFiles } from "../../src/artifact/write-files.ts";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import type { Artifact } from "../../src/image/root.ts";
import type { Source } from "../../src/image/source.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { run } from "./support/command.ts";
import { lacks, peers } from "./support/peers.ts";
import { PLACES, type Spot } from "./support/places.ts";

const spotIn = (place: string): Spot => PLACES.find(({ name }) => name === place)!.spot();
const nameOf = ({ reference }: Spot) => reference.replace(/^[a-z-]+:/, "");

interface Discovered {
  readonly artifactType?: string;
  readonly referrers?: readonly Discovered[];
}

/** What oras says refers to an image, types and below them types. */
async function discover(name: string, ...flags: string[]): Promise<unknown> {
  const text = await run(["oras", "discover", ...flags, "--format=json", name], peers);
  const typesOf = ({ referrers = [] }: Discovered): unknown =>
    Object.fromEntries(referrers.map((one) => [one.artifactType!, typesOf(one)]));
  return typesOf(JSON.parse(text));
}

let folder: string;

beforeAll(async () => {
  folder = join(peers.env["TMPDIR"]!, "artifacts");
  await mkdir(join(folder, "docs", "sub"), { recursive: true });
  await writeFile(join(folder, "sbom.json"), '{"bom":1}');
  await writeFile(join(folder, "docs", "a"), "a");
  await writeFile(join(folder, "docs", "sub", "b"), "b");
});

describe.skipIf(lacks("registry", "oras"))("files", () => {
  test("that we push, oras pulls", async () => {
    const spot = spotIn("registry");
    const blobs = [];
    for (const name of ["sbom.json", "docs"]) {
      blobs.push(await openArtifactFile({ path: join(folder, name) }));
    }
    const artifact = createArtifact({ type: "application/vnd.example.files", blobs });
    const from: Source = {
      resolve: () => Promise.resolve(artifact),
      async [Symbol.asyncDispose]() {},
    };
    await using to = await openSink(spot.reference);
    await copy(from, to);
    const pulled = join(folder, "by-oras");
    await run(["oras", "pull", "--plain-http", nameOf(spot), "-o", pulled], peers);
    expect(await readFile(join(pulled, "sbom.json"), "utf8")).toBe('{"bom":1}');
    expect(await readFile(join(pulled, "docs", "sub", "b"), "utf8")).toBe("b");
  });

  test("that oras pushes, we pull", async () => {
    const spot = spotIn("registry");
    const push = ["oras", "push", "--plain-http", nameOf(spot), "sbom.json:application/json"];
    await run([...push, "docs", "--artifact-type=application/vnd.x"], { ...peers, cwd: folder });
    await using from = await openSource(spot.reference);
    const pulled = join(folder, "by-us");
    const files = await writeArtifactFiles(await from.resolve() as Artifact, pulled);
    expect(files).toEqual(["sbom.json", "docs"]);
    expect(await readFile(join(pulled, "docs", "sub", "b"), "utf8")).toBe("b");
  });
});

describe.skipIf(lacks("registry", "oras", "regctl"))("what is attached", () => {
  test("is found by others after each hop", async () => {
    const first = spotIn("registry");
    await using hello = await openSource("oci-dir:examples/hello");
    await using into = await openSink(first.reference);
    const { images } = await copy(hello, into, { all: true });
    const subject = images[0]!.descriptor;
    const attach = ["oras", "attach", "--plain-http", "--artifact-type=application/vnd.by-oras"];
    await run([...attach, nameOf(first), "sbom.json"], { ...peers, cwd: folder });
    const ours = createArtifact({ type: "application/vnd.by-us", subject });
    await using sink = await openSink(first.reference);
    await putArtifact(ours, sink);
    await using again = await openSink(first.reference);
    const below = createArtifact({
      type: "application/vnd.below",
      subject: ours.manifest.descriptor,
    });
    await putArtifact(below, again);
    const expected = {
      "application/vnd.by-oras": {},
      "application/vnd.by-us": { "application/vnd.below": {} },
    };
    expect(await discover(nameOf(first), "--plain-http")).toEqual(expected);
    const [layout, last] = [spotIn("oci-dir"), spotIn("registry")];
    for (const [one, other] of [[first, layout], [layout, last]] as const) {
      await using from = await openSource(one.reference);
      await using to = await openSink(other.reference);
      await copy(from, to, { referrers: true });
    }
    expect(await discover(nameOf(layout), "--oci-layout")).toEqual(expected);
    expect(await discover(nameOf(last), "--plain-http")).toEqual(expected);
    const list = ["regctl", "artifact", "list", `ocidir://${nameOf(layout)}`];
    expect(await run(list, peers)).toContain("application/vnd.by-us");
  });
});

describe.skipIf(lacks("registry", "cosign"))("what cosign attaches", () => {
  const FLAGS = ["--allow-insecure-registry", "--allow-http-registry"];
  // It would ask the network for whom to trust; nothing listens there.
  const env = { ...peers.env, COSIGN_PASSWORD: "x", HTTPS_PROXY: "http://127.0.0.1:9" };
  const cosign = (...words: string[]) => run(["cosign", ...words], { env, cwd: folder });
  const key = (...words: string[]) => [...words, "-y", "--key=cosign.key", "--tlog-upload=false"];

  test("is found and verified by cosign after three hops", async () => {
    await cosign("generate-key-pair");
    // With no network: the key alone is trusted.
    const mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
    await writeFile(join(folder, "root.json"), JSON.stringify({ mediaType }));
    const proved = ["--key=cosign.pub", "--insecure-ignore-tlog", ...FLAGS];
    const hop = async (one: string, other: string) => {
      await using from = await openSource(one);
      await using to = await openSink(other);
      await copy(from, to, { all: true, referrers: true, digestTags: true });
    };
    for (const isBundle of [false, true]) {
      const hops = ["registry", "oci-dir", "oci-archive", "registry"].map(spotIn);
      await hop("oci-dir:examples/hello", hops[0]!.reference);
      await using there = await openSource(hops[0]!.reference);
      const { digest } = (await there.resolve()).manifest.descriptor;
      const [first = "", last = ""] = [hops[0]!, hops[3]!]
        .map((spot) => nameOf(spot).replace(/:tag$/, `@${digest}`));
      if (isBundle) await cosign(...key("sign", "--new-bundle-format"), ...FLAGS, first);
      else {
        await cosign(...key("sign"), ...FLAGS, first);
        await cosign(...key("attest", "--type=custom", "--predicate=sbom.json"), ...FLAGS, first);
      }
      for (let at = 0; at < 3; at++) await hop(hops[at]!.reference, hops[at + 1]!.reference);
      const root = isBundle ? ["--trusted-root=root.json"] : [];
      expect(await cosign("verify", ...proved, ...root, last)).toContain(digest);
      if (!isBundle) await cosign("verify-attestation", "--type=custom", ...proved, last);
      await using far = await openSource(hops[3]!.reference);
      const bundles = (await far.listReferrers!(digest)).map((one) => one.descriptor.artifactType);
      expect(bundles).toEqual(isBundle ? ["application/vnd.dev.sigstore.bundle.v0.3+json"] : []);
    }
  }, 120_000);
});
