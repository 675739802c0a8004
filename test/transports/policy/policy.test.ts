/** Sources are held to policy.json. */
import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { createArtifact } from "../../../src/artifact/create.ts";
import { copy } from "../../../src/copy/copy.ts";
import { putArtifact } from "../../../src/copy/put-artifact.ts";
import { contentOf } from "../../../src/image/content.ts";
import { parsePolicy } from "../../../src/image/policy/policy.ts";
import type { SignedIdentity } from "../../../src/image/policy/signed.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { createIdentityCheck } from "../../../src/sign/judge.ts";
import { checkSource } from "../../../transports/judged-source.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { readPolicy } from "../../../transports/policy-file.ts";
import { parsePlace } from "../../../transports/reference.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, sourceOf } from "../../support/images.ts";
import { startRegistry } from "../../support/registry-server.ts";

const ACCEPT = [{ type: "insecureAcceptAnything" }];
const REJECT = [{ type: "reject" }];
const GOLDEN = resolve("test/golden/cosign");
const COSIGN = { type: "sigstoreSigned", keyPath: join(GOLDEN, "cosign.pub") };
const SIGNED = [{ type: "signedBy", keyType: "GPGKeys", keyPath: "/k" }];
const policyOf = (value: object) => parsePolicy(Buffer.from(JSON.stringify(value)), "p.json");
const DIGEST = `sha256:${"0".repeat(64)}`;
const REMAP = { type: "remapIdentity", signedPrefix: "ghcr.io/org" };
const HELLO = "oci-dir:examples/hello";

/** Says what becomes of an image: `ok`, or the code of why not. */
async function judge(place: string, value: object, select?: string): Promise<string> {
  try {
    await using source = await openSource(place, { policy: policyOf(value) });
    await source.resolve(select);
    return "ok";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

describe("a policy that wants signatures", () => {
  const IDENTITY = { type: "exactRepository", dockerRepository: "ghcr.io/org/app" };
  const wanted = (more: object) => ({
    default: [{ ...COSIGN, signedIdentity: IDENTITY, ...more }],
  });
  const judgeSigned = (value: object, select?: string) =>
    judge(`oci-dir:${join(GOLDEN, "layout")}:1`, value, select);

  it("takes what the key has signed, in a layout too", async () => {
    expect(await judgeSigned(wanted({}))).toBe("ok");
    const data = (await readFile(COSIGN.keyPath)).toString("base64");
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey
      .export({ type: "spki", format: "pem" }).toString();
    const wrong = Buffer.from(other).toString("base64");
    const byData = (...keyDatas: string[]) => wanted({ keyPath: undefined, keyDatas });
    expect(await judgeSigned(byData(data))).toBe("ok");
    expect(await judgeSigned(byData(wrong, data))).toBe("ok");
    expect(await judgeSigned(byData(wrong))).toBe("REFUSED");
    expect(await judgeSigned(byData(Buffer.from("no key").toString("base64")))).toBe("MALFORMED");
    expect(await judgeSigned(wanted({ keyPath: "/not/there" }))).toBe("NOT_FOUND");
    expect(await judge(HELLO, wanted({}))).toBe("REFUSED");
    // Each of several is demanded.
    const [one] = wanted({}).default;
    const both = { default: [one, { ...one, keyPath: undefined, keyData: wrong }] };
    expect(await judgeSigned(both)).toBe("REFUSED");
  });

  it("gives what is attached, but no image under such a name", async () => {
    await using source = await openSource(`oci-dir:${join(GOLDEN, "layout")}`);
    const { digest } = (await source.resolve("1")).manifest.descriptor;
    const tag = `${digest.replace(":", "-")}.sig`;
    expect(await judgeSigned(wanted({}), tag)).toBe("ok");
    const folder = await temporaryFolder();
    await using to = await openSink(`oci-dir:${folder}`);
    await copy(sourceOf({ one: await image() }), to, { references: [tag] });
    expect(await judge(`oci-dir:${folder}`, wanted({}), tag)).toBe("REFUSED");
  });

  it("gives nothing under such a name that other tools would run", async () => {
    const tag = `${DIGEST.replace(":", "-")}.sig`;
    const folder = await temporaryFolder();
    await using to = await openSink(`oci-dir:${folder}`);
    // It has an artifact type, at which neither Docker nor Podman looks.
    const config = contentOf("application/vnd.oci.image.config.v1+json", Buffer.from("{}"));
    const blobs = [contentOf("application/vnd.oci.image.layer.v1.tar", Buffer.from("tar"))];
    const artifact = createArtifact({ type: "x/y", config, blobs });
    await putArtifact(artifact, to, { references: [tag] });
    const policy = policyOf(wanted({}));
    await using source = await openSource(`oci-dir:${folder}`, { policy });
    await expect(source.resolve(tag)).rejects.toThrow("and nothing attached");
    await using other = await openSink(`oci-dir:${await temporaryFolder()}:latest`);
    await expect(copy(source, other, { all: true })).rejects.toThrow("another name");
  });

  it("gives nothing whose name only begins so", async () => {
    const name = `${DIGEST.replace(":", "-")}.sig:latest`;
    const folder = await temporaryFolder();
    await using to = await openSink(`oci-dir:${folder}`);
    const blobs = [contentOf("application/x-any", Buffer.from("tar"))];
    await putArtifact(createArtifact({ type: "x/y", blobs }), to, { references: [name] });
    expect(await judge(`oci-dir:${folder}`, wanted({}), name)).toBe("REFUSED");
  });

  it.each(["fulcio", "pki"])("cannot judge %s", async (name) => {
    const value = { default: [{ type: "sigstoreSigned", [name]: {} }] };
    expect(await judgeSigned(value)).toBe("UNSUPPORTED");
  });

  it("cannot judge a log", async () => {
    expect(await judgeSigned(wanted({ rekorPublicKeyPath: "/k" }))).toBe("UNSUPPORTED");
  });

  it.each<[identity: object, signed: string, image: string, isMeant: boolean]>([
    [{ type: "matchRepository" }, "ghcr.io/a/b", "ghcr.io/a/b:1", true],
    [{ type: "matchRepository" }, "ghcr.io/a/b:2", "ghcr.io/a/b:1", true],
    [{ type: "matchRepository" }, "ghcr.io/a/c", "ghcr.io/a/b:1", false],
    [{ type: "matchExact" }, "ghcr.io/a/b:1", "ghcr.io/a/b:1", true],
    [{ type: "matchExact" }, "ghcr.io/a/b:latest", "ghcr.io/a/b", true],
    [{ type: "matchExact" }, "index.docker.io/library/a:1", "a:1", true],
    [{ type: "matchExact" }, "ghcr.io/a/b", "ghcr.io/a/b:1", false],
    [{ type: "matchExact" }, "ghcr.io/a/b:1", `ghcr.io/a/b@${DIGEST}`, false],
    [{ type: "matchRepoDigestOrExact" }, "ghcr.io/a/b:1", "ghcr.io/a/b:1", true],
    [{ type: "matchRepoDigestOrExact" }, "ghcr.io/a/b", "ghcr.io/a/b:1", false],
    [{ type: "matchRepoDigestOrExact" }, "ghcr.io/a/b:1", `ghcr.io/a/b@${DIGEST}`, true],
    [{ type: "matchRepoDigestOrExact" }, "ghcr.io/a/c:1", `ghcr.io/a/b@${DIGEST}`, false],
    [{ type: "exactReference", dockerReference: "x.io/a:1" }, "x.io/a:1", "ghcr.io/b:1", true],
    [{ type: "exactReference", dockerReference: "x.io/a:1" }, "x.io/a:2", "x.io/a:1", false],
    [{ type: "exactReference", dockerReference: "x.io/a" }, "x.io/a", "x.io/a:1", false],
    [{ type: "exactRepository", dockerRepository: "x.io/a" }, "x.io/a:2", "b:1", true],
    [{ type: "exactRepository", dockerRepository: "x.io/a" }, "x.io/b:2", "x.io/a:1", false],
    [{ ...REMAP, prefix: "m.io" }, "ghcr.io/org/a/b:1", "m.io/a/b:1", true],
    [{ ...REMAP, prefix: "m.io/a" }, "ghcr.io/org/b:1", "m.io/a/b:1", true],
    [{ ...REMAP, prefix: "m.io/a" }, "ghcr.io/orgb/b:1", "m.io/ab/b:1", false],
    [{ ...REMAP, prefix: "n.io" }, "m.io/a/b:1", "m.io/a/b:1", true],
    [{ type: "matchRepository" }, "not a name", "ghcr.io/a/b:1", false],
  ])("by %o, signed as %s: %s (%s)", (identity, signed, image, isMeant) => {
    const check = createIdentityCheck(identity as SignedIdentity, parseReference(image));
    const isTaken = (name?: string) => {
      try {
        return check(name), true;
      } catch {
        return false;
      }
    };
    expect([isTaken(signed), isTaken(undefined)]).toEqual([isMeant, false]);
  });
});

describe("a policy", () => {
  it("decides by the narrowest scope of a layout", async () => {
    const here = resolve("examples");
    const scoped = (scopes: object) => ({ default: REJECT, transports: { oci: scopes } });
    expect(await judge(HELLO, { default: ACCEPT })).toBe("ok");
    expect(await judge(HELLO, { default: REJECT })).toBe("REFUSED");
    expect(await judge(HELLO, { default: SIGNED })).toBe("UNSUPPORTED");
    expect(await judge(HELLO, scoped({ [here]: ACCEPT }))).toBe("ok");
    expect(await judge(HELLO, scoped({ [here]: ACCEPT, [`${here}/hello`]: REJECT }))).toBe(
      "REFUSED",
    );
    expect(await judge(HELLO, scoped({ "": ACCEPT }))).toBe("ok");
    expect(await judge(HELLO, scoped({ "/elsewhere": ACCEPT }))).toBe("REFUSED");
    expect(await judge(HELLO, scoped({ "": [...ACCEPT, ...REJECT] }))).toBe("REFUSED");
  });

  it("decides by the name of each image that is taken of a layout", async () => {
    const folder = await realpath(await temporaryFolder());
    await using to = await openSink(`oci-dir:${folder}`);
    await copy(sourceOf({ one: await image() }), to, { references: ["good", "bad"] });
    const scopes = { [folder]: ACCEPT, [`${folder}:bad`]: REJECT };
    const value = { default: REJECT, transports: { oci: scopes } };
    const place = `oci-dir:${folder}`;
    expect(await judge(`${place}:bad`, value)).toBe("REFUSED");
    expect([await judge(place, value, "good"), await judge(place, value, "bad")])
      .toEqual(["ok", "REFUSED"]);
  });

  it("judges the folder that is read, whatever is in its name", async () => {
    const folder = await realpath(await temporaryFolder());
    await mkdir(join(folder, "good"));
    const place = `${folder}/good@home/images`;
    await using to = await openSink(`oci-dir:${place}:1`);
    await copy(sourceOf({ one: await image() }), to);
    const scoped = (scope: string) => ({
      default: REJECT,
      transports: { oci: { [scope]: ACCEPT } },
    });
    expect(await judge(`oci-dir:${place}:1`, scoped(`${folder}/good`))).toBe("REFUSED");
    expect(await judge(`oci-dir:${place}:1`, scoped(`${folder}/good@home`))).toBe("ok");
  });

  it("decides by host, repository and tag in a registry", async () => {
    const registry = await startRegistry();
    await using to = await openSink(`registry:${registry.host}/org/app:1`);
    await copy(sourceOf({ one: await image() }), to, { references: ["1", "2"] });
    const name = `${registry.host}/org/app`;
    const scoped = (scopes: object) => ({ default: REJECT, transports: { docker: scopes } });
    for (const scope of [`${name}:1`, name, `${registry.host}/org`, registry.host, "*.0.0.1", ""]) {
      expect(await judge(`registry:${name}:1`, scoped({ [scope]: ACCEPT })), scope).toBe("ok");
    }
    for (const scope of [`${name}:2`, `${name}x`, "*.example.com", "0.0.1"]) {
      expect(await judge(`registry:${name}:1`, scoped({ [scope]: ACCEPT })), scope).toBe("REFUSED");
    }
    // A repository, of which one tag is taken after the other.
    const one = scoped({ [`${name}:2`]: ACCEPT });
    expect([await judge(`registry:${name}`, one, "2"), await judge(`registry:${name}`, one, "1")])
      .toEqual(["ok", "REFUSED"]);
  });

  it.each([
    ["alpine:1", "docker.io/library/alpine", "REFUSED"],
    ["alpine", "docker.io/library/alpine:latest", "REFUSED"],
    ["alpine:1", "docker.io/library/alpine:2", "ok"],
    ["ghcr.io/org/app:1", "ghcr.io/org", "REFUSED"],
    [DIGEST, DIGEST, "REFUSED"],
    [DIGEST, "docker.io", "ok"],
  ])("decides by the name in a daemon: %s by %s", async (name, scope, outcome) => {
    const value = { default: ACCEPT, transports: { "docker-daemon": { [scope]: REJECT } } };
    const source = sourceOf({ one: await image() });
    const judged = checkSource(source, parsePlace(`daemon:${name}`), policyOf(value));
    expect(await judged.then(() => "ok", ({ code }) => code)).toBe(outcome);
  });

  it("cannot judge the scopes of a storage, but a storage as a whole", async () => {
    const source = sourceOf({ one: await image() });
    const place = parsePlace("containers-storage:alpine:1");
    const judged = async (scopes: object) => {
      const value = { default: ACCEPT, transports: { "containers-storage": scopes } };
      return await checkSource(source, place, policyOf(value)).then(() => "ok", ({ code }) => code);
    };
    const scope = "[overlay@/var/lib/containers/storage]docker.io/library/alpine";
    expect([await judged({ [scope]: REJECT }), await judged({ "": REJECT }), await judged({})])
      .toEqual(["UNSUPPORTED", "REFUSED", "ok"]);
  });

  it.each([
    ["no default", {}, "default must be a list"],
    ["an empty list", { default: [] }, "default must be a list"],
    ["an unknown field", { default: ACCEPT, more: 1 }, '"more" is not a field'],
    ["an unknown requirement", { default: [{ type: "x" }] }, 'there is no requirement "x"'],
    [
      "two kinds of key",
      { default: [{ ...COSIGN, keyData: "aGk=" }] },
      "it must have one of keyPath",
    ],
    ["a key too little", { default: [{ type: "sigstoreSigned" }] }, "it must have one of keyPath"],
    ["an unknown field of one", { default: [{ ...COSIGN, more: 1 }] }, "default is malformed"],
    [
      "an unknown identity",
      { default: [{ ...COSIGN, signedIdentity: { type: "x" } }] },
      "signedIdentity.type",
    ],
    ["a field too much", { default: [{ type: "reject", a: 1 }] }, "has no fields of its own"],
  ])("is refused with %s", (_, value, message) => {
    expect(() => policyOf(value)).toThrow(message);
  });

  it("is refused with a key that is there twice", () => {
    const text = '{"default":[{"type":"reject"}],"default":[{"type":"insecureAcceptAnything"}]}';
    expect(() => parsePolicy(Buffer.from(text), "p.json")).toThrow("twice");
  });

  it("is the named one, or the first that is there; without one everything is allowed", async () => {
    const folder = await temporaryFolder();
    const [none, all, some] = ["none", "all", "some"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(all, JSON.stringify({ default: ACCEPT }));
    await writeFile(some, JSON.stringify({ default: REJECT }));
    expect(await readPolicy(undefined, [none])).toBeUndefined();
    expect(await readPolicy(undefined, [none, all, some])).toBeUndefined();
    expect((await readPolicy(undefined, [none, some]))?.usual).toEqual(REJECT);
    await expect(readPolicy(none)).rejects.toThrow(`Cannot read the policy ${none}`);
  });
});
