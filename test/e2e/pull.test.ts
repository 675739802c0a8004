/** Pulled images beside skopeo's, in Docker's hands, and as fixed outputs of a real Nix. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { nixoci, originOf } from "./support/copying.ts";
import { buildah } from "./support/images/buildah.ts";
import { MESSAGE } from "./support/images/sample.ts";
import { skopeoZstd } from "./support/images/skopeo.ts";
import { umoci } from "./support/images/umoci.ts";
import { lacks, need, peers, type Registry } from "./support/peers.ts";
import { unkilled } from "./support/unkilled.ts";

/** What `nixoci prefetch --json` says. */
interface Attributes {
  readonly imageName: string;
  readonly imageDigest: string;
  readonly hash: string;
  readonly sha256: string;
}

const IMAGES = [umoci, buildah, skopeoZstd];
const FOLDER = join(peers.env["TMPDIR"]!, "pull");

beforeAll(async () => void await mkdir(FOLDER, { recursive: true }));

/** The name of the maker's image in the registry, where it is put when it is first asked for. */
async function pushed(maker: (typeof IMAGES)[number], { host, creds }: Registry): Promise<string> {
  const name = `${host}/private/pull-${maker.name.replaceAll(/[^a-z]+/g, "-")}`;
  const flags = creds === undefined ? [] : ["--dest-creds", creds];
  await ok(["copy", "--quiet", ...flags, originOf(maker), `registry:${name}:tag`]);
  return name;
}

/** What a command line that must succeed prints. */
async function ok(words: readonly string[], env = peers.env): Promise<string> {
  const { status, stdout, stderr } = await nixoci(words, { env });
  expect(status, `${words.join(" ")}\n${stderr}`).toBe(0);
  return stdout.toString();
}

async function prefetched(name: string, ...more: string[]): Promise<Attributes> {
  return JSON.parse(await ok(["prefetch", "--quiet", "--json", name, "tag", ...more]));
}

async function skopeoCopies(from: string, to: string): Promise<void> {
  await rm(to.replace(/^[a-z-]+:([^:]+).*$/, "$1"), { recursive: true, force: true });
  // deno-fmt-ignore
  await run(["skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", from, to],
    peers);
}

async function nixHash(kind: "file" | "path", path: string): Promise<string> {
  const nix = ["nix", "--extra-experimental-features", "nix-command", "hash", kind, path];
  return (await run(nix, peers)).trim();
}

describe.for(IMAGES)("an image by $name", (maker) => {
  const plain = () => need(peers.registries.plain, "plain");

  // Debian's skopeo cannot unpack zstd into an archive; newer ones can.
  const isUnpacked = maker !== skopeoZstd;

  test.skipIf(lacks("registry", "skopeo", maker) || !isUnpacked)(
    "is pulled as skopeo pulls it",
    async () => {
      const name = await pushed(maker, plain());
      const { imageDigest, hash } = await prefetched(name);
      const [ours, theirs] = [join(FOLDER, "ours.tar"), join(FOLDER, "theirs.tar")];
      const flags = ["--final-image-tag", "tag", "--hash", hash, "--output", ours];
      await ok(["pull", "--quiet", `${name}@${imageDigest}`, ...flags]);
      await skopeoCopies(`docker://${name}@${imageDigest}`, `docker-archive:${theirs}:${name}:tag`);
      expect((await readFile(ours)).equals(await readFile(theirs))).toBe(true);
    },
  );

  test.skipIf(lacks("registry", "skopeo", "nix", maker))("hashes as Nix hashes it", async () => {
    const name = await pushed(maker, plain());
    const [file, folder] = [join(FOLDER, "hashed.tar"), join(FOLDER, "hashed")];
    const { imageDigest, hash } = await prefetched(name);
    const pin = `${name}@${imageDigest}`;
    await ok(["pull", "--quiet", pin, "--final-image-tag", "tag", "--output", file]);
    expect(hash).toBe(await nixHash("file", file));
    await skopeoCopies(`docker://${name}@${imageDigest}`, `dir:${folder}`);
    const { sha256 } = await prefetched(name, "--for", "nix2container");
    expect(sha256).toBe(await nixHash("path", folder));
  });

  test.skipIf(lacks("registry", "docker", maker))(
    "is loaded by docker load, and runs",
    async () => {
      const name = await pushed(maker, plain());
      const { imageDigest } = await prefetched(name);
      const file = join(FOLDER, "loaded.tar");
      const final = `localhost/pulled:${maker.name.replaceAll(/[^a-z]+/g, "-")}`;
      const [, finalName = "", finalTag = ""] = /^(.*):(.*)$/.exec(final)!;
      // deno-fmt-ignore
      await ok(["pull", "--quiet", name, "--digest", imageDigest, "--output", file,
      "--final-image-name", finalName, "--final-image-tag", finalTag]);
      const docker = ["docker", "--host", peers.engines.docker!];
      await run([...docker, "load", "--input", file], peers);
      const said = await run([...docker, "run", "--rm", "--network", "none", final], peers);
      expect(said.trim()).toBe(MESSAGE);
    },
  );
});

test.skipIf(lacks("registry", umoci))("has the same bytes on Node and on Deno", async () => {
  const name = await pushed(umoci, need(peers.registries.plain, "plain"));
  const { imageDigest, hash } = await prefetched(name);
  const launcher = fileURLToPath(new URL("../../bin/nixoci.js", import.meta.url));
  const bin = (program: string) =>
    fileURLToPath(new URL(`../../node_modules/.bin/${program}`, import.meta.url));
  for (const runtime of [[bin("node")], [bin("deno"), "run", "--allow-all"]]) {
    const words = ["pull", "--quiet", `${name}@${imageDigest}`, "--final-image-tag", "tag"];
    const file = join(FOLDER, "runtime.tar");
    await run([...runtime, launcher, ...words, "--output", file, "--hash", hash], peers);
  }
});

describe.for(["basic", "token"] as const)("with %s authentication", (kind) => {
  const given = test.skipIf(lacks("registry", "openssl", "htpasswd", umoci));
  const registry = () => need(peers.registries[kind], kind) as Required<Registry>;
  const netrc = async () => {
    const [user, ...rest] = registry().creds.split(":");
    const file = join(FOLDER, `netrc-${kind}`);
    const password = JSON.stringify(rest.join(":")); // quoted, as netrc does it, too
    await writeFile(file, `machine ${registry().host} login ${user} password ${password}\n`);
    return file;
  };

  given("is pulled with credentials from wherever builds have them", async () => {
    const name = await pushed(umoci, registry());
    const file = await netrc();
    const json = join(FOLDER, `auth-${kind}.json`);
    const auths = { [registry().host]: { auth: btoa(registry().creds) } };
    await writeFile(json, JSON.stringify({ auths }));
    const found: string[] = [];
    for (
      const [variable, value] of [
        ["NETRC", file],
        ["NIXOCI_AUTH_FILE", file],
        ["NIXOCI_AUTH_FILE", json],
        ["REGISTRY_AUTH_FILE", json],
      ] as const
    ) {
      const words = ["prefetch", "--quiet", name, "tag"];
      found.push(await ok(words, { ...peers.env, [variable]: value }));
    }
    expect(new Set(found).size).toBe(1);
    const denied = await nixoci(["prefetch", "--quiet", name, "tag"]);
    expect(denied.status).toBe(1);
    expect(denied.stderr).toMatch(/^nixoci: .*(denied|unauthorized|refuses|credentials).*\n$/i);
  });

  test.skipIf(lacks("registry", "openssl", "htpasswd", "nix", umoci))(
    "is a fixed output that Nix accepts, and no other",
    async () => {
      const name = await pushed(umoci, registry());
      const env = { ...peers.env, NETRC: await netrc() };
      const words = ["prefetch", "--quiet", "--json", name, "tag"];
      const { imageDigest, hash } = JSON.parse(await ok(words, env)) as Attributes;
      const pull = nixociCommand("pull", name, "--digest", imageDigest, "--final-image-tag", "tag");
      const path = await built("image", pull, hash, env);
      expect(await nixHash("file", path)).toBe(hash);
      const other = [...pull.slice(0, -1), "other"];
      await expect(built("other", other, hash, env)).rejects.toThrow(
        "hash mismatch",
      );
    },
  );
});

/** The store path of a fixed-output derivation whose builder runs the command with `-o $out`. */
async function built(
  name: string,
  command: readonly string[],
  hash: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const root = join(FOLDER, "nix");
  const expression = join(FOLDER, "image.nix");
  const words = command.map((word) => `'${word}'`).join(" ");
  // A build has no home; Deno would make one.
  const home = process.versions["deno"] === undefined ? "" : "export HOME=$NIX_BUILD_TOP; ";
  await writeFile(
    expression,
    `derivation {
      name = "${name}.tar";
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [ "-c" "${home}exec ${words} -o $out" ];
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = "${hash}";
      impureEnvVars = [ "NETRC" ];
    }`,
  );
  const folders = ["STORE_DIR", "STATE_DIR", "LOG_DIR", "CONF_DIR", "LOCALSTATE_DIR"];
  const nixEnv = Object.fromEntries(folders.map((each) => [`NIX_${each}`, join(root, each)]));
  expect(existsSync("/homeless-shelter"), "something has made Nix's home that is none").toBe(false);
  const options = {
    "sandbox": "false",
    "build-users-group": "",
    "filter-syscalls": "false",
    "substitute": "false",
  };
  const flags = Object.entries(options).flatMap(([option, value]) => ["--option", option, value]);
  const build = ["nix-build", "--no-out-link", ...flags, expression];
  const result = await unkilled(() => attempt(build, { env: { ...env, ...nixEnv } }));
  if (result.status === 0) return result.stdout.toString().trim();
  throw new Error(result.stderr);
}
