/** `nixoci sign`, `verify --key` and `copy --verify-signature`, in a registry and in layouts. */
import { generateKeyPairSync } from "node:crypto";
import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { openSink } from "../../../transports/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, sourceOf } from "../../support/images.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { outcomes } from "../run.ts";

/** Makes a folder with two pairs of keys and a layout. */
async function makeFolder(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ["mine", "other"]) {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = (key: "privateKey" | "publicKey") =>
      pair[key].export({ type: key === "privateKey" ? "pkcs8" : "spki", format: "pem" } as never);
    await writeFile(join(folder, `${name}.pem`), pem("privateKey"));
    await writeFile(join(folder, `${name}.pub`), pem("publicKey"));
  }
  await cp("examples/hello", join(folder, "in"), { recursive: true });
  return folder;
}

it("signs where the image is, verifies there, and refuses to copy what is not signed", async () => {
  const folder = await makeFolder();
  const registry = await startRegistry();
  const app = `registry:${registry.host}/org/app:1`;
  const run = (lines: string[][]) =>
    outcomes(lines, { cwd: folder, env: { ...env, COSIGN_PASSWORD: "" } });
  const copying = ["copy", "-q", "--all", app];
  const [put, dry, none, signed, again, deep, good, unsigned, wrong, missing, bad] = await run([
    ["copy", "-q", "--all", "oci-dir:in", app],
    ["sign", "--dry-run", "--key", "mine.pem", app],
    ["verify", "--quick", "--key", "mine.pub", app],
    ["sign", "--json", "--key", "mine.pem", app],
    ["sign", "--json", "--key", "mine.pem", app],
    ["verify", "--quick", "--recursive", "--key", "mine.pub", app],
    ["verify", "--json", "--key", "mine.pub", "--key", "other.pub", app],
    ["verify", "--quick", "--platform", "linux/arm64", "--key", "mine.pub", app],
    ["verify", "--quick", "--key", "other.pub", app],
    ["verify", "--quick", "--key", "none.pub", app],
    ["verify", "--quick", "--key", "mine.pem", app],
  ]);
  expect(put).toMatchObject({ status: 0 });
  const digest = dry!.stdout.trim();
  expect(digest).toMatch(/^sha256:/);
  expect(none).toMatchObject({
    status: 1,
    stderr:
      `nixoci: Cannot verify ${app}: ${digest} is not signed; nixoci referrers --digest-tags lists what is attached to it\n`,
  });
  const tag = `${digest.replace(":", "-")}.sig`;
  expect(JSON.parse(signed!.stdout)).toMatchObject({
    signed: [{ subject: digest, references: [tag] }],
  });
  expect(JSON.parse(again!.stdout)).toEqual({ signed: [{ subject: digest, references: [] }] });
  // The index is signed, and what is in it is not.
  for (const outcome of [deep, unsigned]) {
    expect(outcome!.stderr).toMatch(/sha256:\S+ is not signed/);
  }
  expect(JSON.parse(good!.stdout)).toMatchObject({
    ok: true,
    signatures: [{ subject: digest, signatures: [{ signer: "mine.pub", format: "simple" }] }],
  });
  expect(wrong!.stderr).toContain("it was not made with the key other.pub, or is changed");
  expect(missing!.stderr).toContain("nixoci: Cannot open none.pub: no such file or directory\n");
  expect(bad!.stderr).toContain("mine.pem is a private key");
  for (const outcome of [none, deep, unsigned, wrong, missing, bad]) {
    expect(outcome!.status).toBe(1);
  }

  const asked = registry.log.length;
  const [refused, taken, mirrored, elsewhere, renamed] = await run([
    [...copying, "--verify-signature", "other.pub", "oci-dir:refused"],
    [...copying, "--verify-signature", "mine.pub", "--digest-tags", "oci-dir:taken:1"],
    [
      "copy",
      "-q",
      "--all",
      "--digest-tags",
      "oci-dir:taken:1",
      `registry:${registry.host}/mirror:1`,
    ],
    ["verify", "--quick", "--key", "mine.pub", `registry:${registry.host}/mirror:1`],
    [
      "verify",
      "--quick",
      "--key",
      "mine.pub",
      "--signed-as",
      app.slice(9),
      `registry:${registry.host}/mirror:1`,
    ],
  ]);
  expect(refused!.status).toBe(1);
  expect(refused!.stderr).toContain("it was not made with the key other.pub");
  expect(await readdir(folder)).not.toContain("refused");
  expect(registry.log.length).toBeGreaterThan(asked);
  expect([taken!.status, mirrored!.status, renamed!.status]).toEqual([0, 0, 0]);
  expect(elsewhere!.status).toBe(1);
  expect(elsewhere!.stderr).toContain(`it was signed as "${registry.host}/org/app", not as`);
  expect(elsewhere!.stderr).toContain("; --signed-as NAME, if this is a mirror of that");
});

it("refuses before a layer is asked for", async () => {
  const folder = await makeFolder();
  const registry = await startRegistry();
  const app = `registry:${registry.host}/org/app:1`;
  const [first] = await outcomes([["copy", "-q", "--all", "oci-dir:in", app]], { cwd: folder });
  expect(first!.status).toBe(0);
  const from = registry.log.length;
  const words = ["copy", "-q", "--platform", "linux/amd64", "--verify-signature", "mine.pub"];
  const [refused] = await outcomes([[...words, app, "oci-dir:refused"]], { cwd: folder });
  expect(refused!.status).toBe(1);
  const paths = registry.log.slice(from).map(({ path }) => path);
  expect(paths.some((path) => path.includes("/manifests/1"))).toBe(true);
  expect(paths.filter((path) => path.includes("/blobs/"))).toEqual([]);
});

it("signs the images of several platforms, each of them, and wants that of each", async () => {
  const folder = await makeFolder();
  const how = ["--platform", "linux/amd64", "--platform", "linux/arm64"];
  const sign = ["sign", "--bundle", "--key", "mine.pem"];
  const verify = ["verify", "--quick", "--key", "mine.pub", ...how, "oci-dir:in"];
  const [one, half, both, good, index] = await outcomes([
    [...sign, ...how.slice(0, 2), "oci-dir:in"],
    verify,
    [...sign, ...how, "oci-dir:in"],
    verify,
    ["verify", "--quick", "--key", "mine.pub", "oci-dir:in"],
  ], { cwd: folder });
  expect([one, half, both, good, index].map((outcome) => outcome!.status)).toEqual([0, 1, 0, 0, 1]);
  expect(both!.stdout.trim().split("\n")).toHaveLength(2);
  expect(good!.stdout.match(/^signed /gm)).toHaveLength(2);
});

it("verifies the bytes of what is signed, and not of what has its name a moment later", async () => {
  const folder = await makeFolder();
  let [asked, other] = [0, async () => {}];
  const registry = await startRegistry({
    async onRequest({ method, path }) {
      if (method === "GET" && path.endsWith("/manifests/1") && ++asked === 2) await other();
      return undefined;
    },
  });
  const app = `registry:${registry.host}/org/app:1`;
  await outcomes([
    ["copy", "-q", "--all", "oci-dir:in", app],
    ["sign", "--key", "mine.pem", app],
  ], { cwd: folder });
  const verify = ["verify", "--key", "mine.pub", app];
  expect((await outcomes([verify], { cwd: folder }))[0]).toMatchObject({ status: 0 });
  asked = 0;
  other = async () => {
    await using to = await openSink(app);
    await copy(sourceOf({ one: await image() }), to);
  };
  const [swapped] = await outcomes([verify], { cwd: folder });
  expect(swapped!.status).toBe(1);
  expect(swapped!.stderr).toMatch(/signatures were verified of sha256:\w+, and now sha256:\w+ is/);
});

it("signs layouts, bundles without a name, and says what it cannot sign", async () => {
  const folder = await makeFolder();
  const [nameless, named, bundle, both, archive, locked, asks] = await outcomes([
    ["sign", "--key", "mine.pem", "oci-dir:in"],
    ["sign", "-r", "--key", "mine.pem", "--signed-as", "ghcr.io/me/app", "oci-dir:in"],
    ["sign", "--json", "--bundle", "--key", "mine.pem", "oci-dir:in"],
    ["verify", "-r", "--key", "mine.pub", "--signed-as", "ghcr.io/me/app", "oci-dir:in"],
    ["sign", "--key", "mine.pem", "--bundle", "docker-archive:x.tar"],
    ["sign", "--key", "mine.pub", "--bundle", "oci-dir:in"],
    ["verify", "--quick", "oci-dir:in"],
  ], { cwd: folder });
  expect(nameless!.status).toBe(2);
  expect(nameless!.stderr).toContain(
    "oci-dir:in does not say what the signature is to call the image; give --signed-as",
  );
  expect(named!.stdout.trim().split("\n")).toHaveLength(3);
  expect(JSON.parse(bundle!.stdout).signed[0].descriptor.artifactType)
    .toBe("application/vnd.dev.sigstore.bundle.v0.3+json");
  expect(both).toMatchObject({ status: 0 });
  expect(both!.stdout.match(/^signed /gm)).toHaveLength(4);
  expect(both!.stdout).toContain("all is right");
  expect(archive!.status).toBe(2);
  expect(locked!.stderr).toContain("mine.pub is a public key");
  expect(asks!.status).toBe(2);
  expect(asks!.stderr).toContain("--quick is about signatures");
});

it("keeps what others sign at the same time", async () => {
  const folder = await makeFolder();
  const registry = await startRegistry();
  const app = `registry:${registry.host}/org/app:1`;
  const run = (...lines: string[][]) => outcomes(lines, { cwd: folder });
  await run(["copy", "-q", "--all", "oci-dir:in", app]);
  // Both have looked for signatures, and seen none, before the first is written.
  let writers = 0;
  const both = Promise.withResolvers<void>();
  registry.onRequest = async ({ method, path }) => {
    if (method === "PUT" && path.endsWith(".sig") && ++writers === 2) both.resolve();
    if (method === "PUT" && path.endsWith(".sig")) await both.promise;
    return undefined;
  };
  const signers = await Promise.all(
    ["mine", "other"].map((name) => run(["sign", "--key", `${name}.pem`, app])),
  );
  expect(signers.flat()).toMatchObject([{ status: 0 }, { status: 0 }]);
  expect(writers).toBeGreaterThan(2);
  const verified = await run(
    ["verify", "--quick", "--key", "mine.pub", app],
    ["verify", "--quick", "--key", "other.pub", app],
  );
  expect(verified).toMatchObject([{ status: 0 }, { status: 0 }]);
});

it("keeps what others sign meanwhile where each question takes its time", async () => {
  const folder = await makeFolder();
  const registry = await startRegistry();
  const app = `registry:${registry.host}/org/app:1`;
  const run = (...lines: string[][]) => outcomes(lines, { cwd: folder });
  await run(["copy", "-q", "--all", "oci-dir:in", app]);
  // The first writes when the second has just looked, who writes five answers later.
  let [lookers, writers] = [0, 0];
  const [firstWrites, bothLooked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  registry.onRequest = async ({ method, path }) => {
    await setTimeout(100);
    if (!path.endsWith(".sig")) return undefined;
    if (method === "GET" && ++lookers === 4) bothLooked.resolve(); // each looks twice
    if (method === "PUT" && ++writers === 1) {
      firstWrites.resolve();
      await bothLooked.promise;
    }
    return undefined;
  };
  const first = run(["sign", "--key", "mine.pem", app]);
  await firstWrites.promise;
  const signers = await Promise.all([first, run(["sign", "--key", "other.pem", app])]);
  expect(signers.flat()).toMatchObject([{ status: 0 }, { status: 0 }]);
  const verified = await run(
    ["verify", "--quick", "--key", "mine.pub", app],
    ["verify", "--quick", "--key", "other.pub", app],
  );
  expect(verified).toMatchObject([{ status: 0 }, { status: 0 }]);
});
