/** `nixoci lock` against a real registry: from the tag that moves to the layout that Nix builds. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { nixoci, originOf } from "./support/copying.ts";
import { umoci } from "./support/images/umoci.ts";
import { lacks, need, peers } from "./support/peers.ts";
import { type RunningRegistry, startRegistry } from "./support/registry.ts";
import { unkilled } from "./support/unkilled.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));
const HELLO = `oci-dir:${join(EXAMPLES, "hello")}`;

const folder = join(peers.folder, "lock");
const at = (name: string) => join(folder, name);
const lock = (verb: string, ...words: string[]) =>
  nixoci(["lock", ...verb.split(" "), ...words], { env: peers.env, cwd: folder });
const succeeds = async (verb: string, ...words: string[]) => {
  const { status, stdout, stderr } = await lock(verb, ...words);
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.toString();
};
const push = (from: string, to: string, ...flags: string[]) =>
  run(nixociCommand("copy", "-q", ...flags, from, `registry:${to}`), { env: peers.env });

beforeAll(() => mkdir(folder));

describe.skipIf(lacks("registry", "skopeo", umoci))("a tag that moves", () => {
  let registry: RunningRegistry;
  let name: string;

  beforeAll(async () => {
    registry = await startRegistry({ folder: at("registry"), env: peers.env });
    name = `${registry.host}/app:v1`;
    await push(HELLO, name, "--all");
  });
  afterAll(() => registry.stop());

  test("is noticed, followed, and fetched as skopeo has it", async () => {
    await succeeds("add --platform linux/amd64", name);
    await succeeds("check");
    await run([
      "skopeo",
      "copy",
      "-q",
      "--dest-tls-verify=false",
      originOf(umoci),
      `docker://${name}`,
    ], peers);
    const remote = ["skopeo", "inspect", "--tls-verify=false", "--raw", `docker://${name}`];
    const manifest = await run(remote, peers);

    const moved = await lock("check --json");
    expect(moved.status).toBe(1);
    expect(JSON.parse(moved.stdout.toString()).moved).toMatchObject([{ name, tag: "v1" }]);

    const updated = JSON.parse(await succeeds("update --json"));
    await succeeds("check");
    await succeeds("fetch --progress none", "oci-dir:out");
    await succeeds("verify", "out");
    const layout = `oci:${at("out")}:${name}`;
    expect(await run(["skopeo", "inspect", "--raw", layout], peers)).toBe(manifest);
    const { Digest } = JSON.parse(await run(["skopeo", "inspect", layout], peers));
    expect(Digest).toBe(updated.moved[0].to);
    await run(["skopeo", "copy", "-q", layout, `dir:${at("copied")}`], peers);
    expect(await succeeds("manifest", name)).toBe(manifest);
  });

  test("is fetched again without the registry, as long as nothing is missing", async () => {
    await registry.stop();
    const asked = String.raw`^(nixoci: [\d.:]+: connection refused; trying again in [\d.]+ s\n)+`;
    expect((await lock("check")).stderr).toMatch(new RegExp(asked + "nixoci: Cannot .*\n$"));
    expect(JSON.parse(await succeeds("fetch --json --progress none", "out")).blobs.moved).toBe(0);
    const [{ path }] = JSON.parse(await succeeds("blobs --json"))
      .filter(({ kind }: { kind: string }) => kind === "layer");
    await rm(join(at("out/blobs"), path));
    const { status, stderr } = await lock("fetch --progress none", "out");
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(asked + "nixoci: Cannot fetch into out: .*\n$"));
    expect((await lock("verify", "out")).stdout.toString()).toMatch(/^missing {2}layer {5}sha256:/);
  });
});

test.skipIf(lacks("registry", "git"))("git merges what two branches lock", async () => {
  const { host } = need(peers.registries.plain, "the registry");
  for (const name of ["alpha", "beta", "gamma"]) await push(HELLO, `${host}/merge/${name}:1`);
  const cwd = at("repository");
  await mkdir(cwd);
  const git = (...words: string[]) =>
    run(["git", "-c", "user.name=a", "-c", "user.email=a@b.test", ...words], { ...peers, cwd });
  const add = async (...names: string[]) => {
    const words = names.map((name) => `${host}/merge/${name}:1`);
    await run(nixociCommand("lock", "add", ...words), { env: peers.env, cwd });
    await git("add", ".");
    await git("commit", "-q", "-m", names.join(" "));
  };
  await git("init", "-q", "-b", "main");
  await add("beta");
  await git("checkout", "-q", "-b", "other");
  await add("gamma");
  await git("checkout", "-q", "main");
  await add("alpha");
  await git("merge", "-q", "--no-edit", "other");
  const listed = await run(nixociCommand("lock", "list", "--json"), { env: peers.env, cwd });
  expect(JSON.parse(listed).map(({ name }: { name: string }) => name)).toEqual(
    ["alpha", "beta", "gamma"].map((name) => `${host}/merge/${name}:1`),
  );
});

// What examples/lock.nix takes from nixpkgs, of what this machine has.
const PKGS = `
let
  runCommand = name: { nativeBuildInputs ? [ ], ... }@attrs: script: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/bash";
    args = [ "-euc" script ];
    PATH = builtins.getEnv "PATH";
  } // removeAttrs attrs [ "nativeBuildInputs" ]);
in
{ inherit runCommand; curl = "/usr"; cacert = "/usr"; }
`;

const NIX_NEEDS = ["registry", "openssl", "nix", "curl", "root"] as const;

describe.skipIf(lacks(...NIX_NEEDS))("examples/lock.nix", () => {
  const nixStore = at("nix");
  const env = {
    ...peers.env,
    NIX_STORE_DIR: join(nixStore, "store"),
    NIX_STATE_DIR: join(nixStore, "var"),
    NIX_LOG_DIR: join(nixStore, "log"),
    NIX_CONF_DIR: join(nixStore, "etc"),
  };
  const settings = Object.entries({
    sandbox: "false",
    "build-users-group": "",
    "filter-syscalls": "false",
    substitute: "false",
  }).flatMap(([name, value]) => ["--option", name, value]);

  /** The layout that Nix builds of the lock. */
  async function built(file: string): Promise<string> {
    await writeFile(at("blobs.json"), await succeeds("blobs --json -f", file));
    const bin = at("bin");
    await mkdir(bin, { recursive: true });
    await writeFile(
      join(bin, "nixoci"),
      // Deno keeps files at home, where no build must leave any.
      `#!/bin/sh\nexport DENO_DIR='${peers.env["DENO_DIR"]}'\n` +
        `exec ${nixociCommand().map((word) => `'${word}'`).join(" ")} "$@"\n`,
      { mode: 0o755 },
    );
    await writeFile(at("pkgs.nix"), PKGS);
    const args = [
      "{ pkgs = import ./pkgs.nix; nixoci = null;",
      `  lock = ./${file};`,
      "  blobs = builtins.fromJSON (builtins.readFile ./blobs.json);",
      `  netrc = "${at("netrc")}"; }`,
    ].join("\n");
    await writeFile(at("build.nix"), `import ${join(EXAMPLES, "lock.nix")} ${args}`);
    const path = `${bin}:${peers.env["PATH"]}`;
    const command = ["nix-build", "--no-out-link", ...settings, at("build.nix")];
    const build = () => attempt(command, { env: { ...env, PATH: path }, cwd: folder });
    const { status, stdout, stderr } = await unkilled(build);
    expect(status, stderr).toBe(0);
    return stdout.toString().trim();
  }

  const CASES = [
    { what: "without being asked who we are", registry: "plain", netrc: false },
    { what: "with a token for anybody", registry: "token", netrc: false },
    { what: "with a token for the user in netrc", registry: "token", netrc: true },
    { what: "with the password in netrc", registry: "basic", netrc: true },
  ] as const;

  const given = { plain: test, token: test, basic: test.skipIf(lacks("htpasswd")) };

  for (const { what, registry, netrc } of CASES) {
    given[registry](`fetches each blob by itself, ${what}`, async () => {
      const { host, creds } = need(peers.registries[registry], registry);
      const index = CASES.findIndex((one) => one.what === what);
      const name = `${host}/${netrc ? "private" : "public"}/nix:${index}`;
      const access = creds === undefined ? [] : ["--creds", creds];
      await push(HELLO, name, "--all", ...access);
      const file = `nix-${index}.json`;
      await succeeds("add -f", file, name, ...access);
      const [user, password] = (creds ?? ":").split(/:(.*)/s);
      await rm(at("netrc"), { force: true });
      const line = `default login "${user}" password "${password}"\n`;
      if (netrc) await writeFile(at("netrc"), line);
      const layout = await built(file);
      await succeeds("verify -f", file, layout);
      const { manifests } = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
      const hello = JSON.parse(await readFile(join(EXAMPLES, "hello/index.json"), "utf8"));
      expect(manifests[0].digest).toBe(hello.manifests[0].digest);
    });
  }

  afterAll(async () => {
    // Nix takes away the right to write.
    await run(["chmod", "-R", "u+w", nixStore]);
    await rm(nixStore, { recursive: true, force: true });
  });
});
