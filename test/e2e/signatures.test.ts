/** Signatures: ours verified by cosign, cosign's by us. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { outcomes } from "../cli/run.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { run } from "./support/command.ts";
import { lacks, peers } from "./support/peers.ts";
import { PLACES } from "./support/places.ts";

describe.skipIf(lacks("registry", "cosign", "openssl"))("with cosign", () => {
  const REGISTRY = ["--allow-insecure-registry", "--allow-http-registry"];
  // It would ask the network for whom to trust; nothing listens there.
  const env = { ...peers.env, COSIGN_PASSWORD: "x", HTTPS_PROXY: "http://127.0.0.1:9" };
  let folder: string;
  const cosign = (...words: string[]) => run(["cosign", ...words], { env, cwd: folder });
  const nixoci = async (...words: string[]) =>
    (await outcomes([words], { env: { ...process.env, COSIGN_PASSWORD: "x" }, cwd: folder }))[0]!;

  beforeAll(async () => {
    folder = join(peers.env["TMPDIR"]!, "signatures");
    await mkdir(folder, { recursive: true });
    await cosign("generate-key-pair");
    const mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
    await writeFile(join(folder, "root.json"), JSON.stringify({ mediaType }));
  });

  /** Puts an image of two platforms into a registry. @returns its place, and its name by its digest. */
  async function place() {
    const { reference } = PLACES.find(({ name }) => name === "registry")!.spot();
    await using from = await openSource("oci-dir:examples/hello");
    await using to = await openSink(reference);
    const { images } = await copy(from, to, { all: true });
    const digest = images[0]!.descriptor.digest;
    const name = reference.replace(/^registry:/, "").replace(/:tag$/, `@${digest}`);
    return { reference, digest, name };
  }

  const KEYS = [
    ["cosign's own", undefined],
    ["RSA", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]],
    ["P-384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]],
    ["Ed25519", ["-algorithm", "ed25519"]],
  ] as const;

  test.for(KEYS)(
    "what we sign is good there: %s",
    { timeout: 120_000 },
    async ([name, options]) => {
      const [key, pub] = options ? [`${name}.pem`, `${name}.pub`] : ["cosign.key", "cosign.pub"];
      if (options) {
        await run(["openssl", "genpkey", ...options, "-out", key], { env, cwd: folder });
        await run(["openssl", "pkey", "-in", key, "-pubout", "-out", pub], { env, cwd: folder });
      }
      const proved = ["verify", `--key=${pub}`, "--insecure-ignore-tlog", ...REGISTRY];
      const [simple, bundle] = [await place(), await place()];
      for (const [{ reference }, flags] of [[simple, []], [bundle, ["--bundle"]]] as const) {
        expect(await nixoci("sign", "--key", key, ...flags, reference)).toMatchObject({
          status: 0,
        });
      }
      expect(await cosign(...proved, simple.name)).toContain(simple.digest);
      expect(await cosign(...proved, "--trusted-root=root.json", bundle.name)).toContain(
        bundle.digest,
      );
    },
  );

  test("what it signs is good here", async () => {
    const signing = [
      "sign",
      "-y",
      "--key=cosign.key",
      "--tlog-upload=false",
      "--use-signing-config=false",
      ...REGISTRY,
    ];
    for (
      const flags of [["--recursive", "-a", "by=me", "--new-bundle-format=false"], [
        "--new-bundle-format",
      ]]
    ) {
      const { reference, digest, name } = await place();
      await cosign(...signing, ...flags, name);
      const recursive = flags[0] === "--recursive";
      const format = recursive ? "simple" : "bundle";
      const words = ["verify", "--quick", "--json", "--key", "cosign.pub", reference];
      const { stdout } = await nixoci(...words, ...recursive ? ["--recursive"] : []);
      const { signatures } = JSON.parse(stdout);
      expect(signatures[0]).toMatchObject({ subject: digest, signatures: [{ format }] });
      expect(signatures).toHaveLength(recursive ? 3 : 1);
    }
  }, 120_000);
});
