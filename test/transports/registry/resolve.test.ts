import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { digestOf } from "../../../src/bytes/digest.ts";
import { readContent } from "../../../src/image/content.ts";
import { MEDIA_TYPES, SCHEMA1 } from "../../../src/image/media-types.ts";
import { transport } from "../../../transports/registry/mod.ts";
import { image, sourceOf } from "../../support/images.ts";
import { seedManifest, startRegistry } from "../../support/registry-server.ts";
import {
  asImage,
  headDigest,
  listTags,
  resolveImage,
  seedImage,
  sinkAt,
  sourceAt,
  testWorld,
} from "./setup.ts";

const ABSENT = `sha256:${"0".repeat(64)}`;

describe("registry: resolves", () => {
  it("a tag, latest when none is given, and a digest", async () => {
    const registry = await startRegistry();
    const put = await seedImage(registry, "team/app", "latest");
    const { digest } = put.manifest.descriptor;
    for (const end of ["", ":latest", `@${digest}`]) {
      const got = await resolveImage(`${registry.host}/team/app${end}`);
      expect(got.manifest.descriptor).toEqual(put.manifest.descriptor);
      expect(got.layers[0]!.diffId).toBe(put.layers[0]!.diffId);
    }
  });

  it("by the digest alone where there are both: the tag is never asked for", async () => {
    const registry = await startRegistry();
    const put = await seedImage(registry, "app", "other");
    const { digest } = put.manifest.descriptor;
    await resolveImage(`${registry.host}/app:absent@${digest}`);
    expect(registry.log.map(({ path }) => path).join()).not.toContain("absent");
  });

  it("a tag once: all else is asked for by digest", async () => {
    const registry = await startRegistry();
    const put = await seedImage(registry, "app", "v1");
    const source = await sourceAt(`${registry.host}/app:v1`);
    const got = asImage(await source.resolve());
    // The tag moves while the image is being read.
    await seedImage(registry, "app", "v1");
    expect(digestOf(await readContent(got.layers[0]!, 1e6))).toBe(put.layers[0]!.descriptor.digest);
    expect(await readContent(got.manifest, 1e6)).toEqual(await readContent(put.manifest, 1e6));
    expect(registry.log.filter(({ path }) => path.endsWith("/manifests/v1"))).toHaveLength(1);
  });

  it("with one connection and no request too many", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    await resolveImage(`${registry.host}/app:v1`);
    expect(registry.log.map(({ method, path }) => `${method} ${path.replace(/sha256:.*/, "…")}`))
      .toEqual(["GET /v2/app/manifests/v1", "GET /v2/app/blobs/…"]);
    expect(registry.connections).toBe(2); // one asks what is spoken there, the other speaks
  });

  it("what is not there to a clear error", async () => {
    const registry = await startRegistry();
    await expect(resolveImage(`${registry.host}/no/such:v1`)).rejects.toThrow(
      expect.objectContaining({
        code: "NOT_FOUND",
        message: expect.stringMatching(/^Cannot read 127.0.0.1:\d+\/no\/such:v1: .* answers 404: /),
        hint: `nixoci tags ${registry.host}/no/such lists the tags that there are`,
      }),
    );
    const digest = `sha256:${"0".repeat(64)}`;
    await expect(resolveImage(`${registry.host}/no/such@${digest}`)).rejects.toThrow(
      expect.objectContaining({ code: "NOT_FOUND", hint: undefined }),
    );
  });

  it("nothing when the reference is wrong, and asks nobody", async () => {
    const registry = await startRegistry();
    for (const end of ["/App", "/a\r\nx: y", "/%2e%2e", "/a@sha256:x"]) {
      await expect(resolveImage(`${registry.host}${end}`)).rejects.toMatchObject({ code: "USAGE" });
    }
    const source = await sourceAt(`${registry.host}/app`);
    await expect(source.resolve("../x")).rejects.toMatchObject({ code: "USAGE" });
    expect(registry.log).toEqual([]);
  });

  it("nothing at all before it is asked to", async () => {
    const registry = await startRegistry();
    await sourceAt(`${registry.host}/app`);
    expect(registry.connections).toBe(0);
  });

  it("states its scheme", () => {
    expect(transport).toMatchObject({ scheme: "registry" });
  });
});

describe("registry: does not believe", () => {
  it("bytes that do not hash to the pinned digest", async () => {
    const registry = await startRegistry();
    const [wanted, other] = [await seedImage(registry, "app", "a"), await image()];
    const { digest } = wanted.manifest.descriptor;
    const bytes = await readContent(other.manifest, 1e6);
    registry.repository("app").manifests.set(digest, {
      mediaType: MEDIA_TYPES.oci.manifest,
      bytes,
    });
    // With the header that the bytes deserve, with one that lies, and with none.
    for (const claim of [digestOf(bytes), digest, ""]) {
      registry.onRequest = () => ({ headers: { "docker-content-digest": claim } });
      await expect(resolveImage(`${registry.host}/app@${digest}`))
        .rejects.toMatchObject({ code: "DIGEST" });
    }
  });

  it("a Docker-Content-Digest that lies, or is none", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    for (const [claim, code] of [[ABSENT, "DIGEST"], ["sha256:\u009b2J", "MALFORMED"]] as const) {
      registry.onRequest = ({ path }) =>
        path.includes("/manifests/") ? { headers: { "docker-content-digest": claim } } : undefined;
      await expect(resolveImage(`${registry.host}/app:v1`)).rejects.toMatchObject({ code });
    }
    registry.onRequest = () => ({ headers: { "docker-content-digest": "" } });
    await resolveImage(`${registry.host}/app:v1`);
  });

  it("a Docker-Content-Digest about bytes that are what was asked for by their digest", async () => {
    const registry = await startRegistry();
    const { digest } = (await seedImage(registry, "app", "v1")).manifest.descriptor;
    for (const claim of [ABSENT, "sha256:no", ""]) {
      registry.onRequest = () => ({ headers: { "docker-content-digest": claim } });
      const { manifest } = await resolveImage(`${registry.host}/app@${digest}`);
      expect(manifest.descriptor.digest).toBe(digest);
    }
  });

  it("manifests of Docker's schema 1, larger than 4 MiB, or of two kinds", async () => {
    const registry = await startRegistry();
    const repository = registry.repository("app");
    const index = Buffer.from('{"schemaVersion":2,"manifests":[]}');
    seedManifest(repository, SCHEMA1[1]!, Buffer.from('{"schemaVersion":1}'), "schema1");
    seedManifest(repository, MEDIA_TYPES.oci.index, Buffer.alloc(4 * 1024 * 1024 + 1), "large");
    seedManifest(repository, MEDIA_TYPES.oci.manifest, index, "confused");
    const codes = { schema1: "UNSUPPORTED", large: "LIMIT", confused: "UNSUPPORTED" };
    for (const [tag, code] of Object.entries(codes)) {
      await expect(resolveImage(`${registry.host}/app:${tag}`)).rejects.toMatchObject({ code });
    }
    seedManifest(repository, `${MEDIA_TYPES.oci.index}; charset=utf-8`, index, "fine");
    expect((await (await sourceAt(`${registry.host}/app:fine`)).resolve()).kind).toBe("index");
  });

  it("a manifest that never ends", async () => {
    const registry = await startRegistry();
    const body = Buffer.alloc(5 * 1024 * 1024, " ");
    registry.onRequest = ({ path }) =>
      path.includes("/manifests/")
        ? { answer: { status: 200, body }, headers: { "content-length": "" } }
        : undefined;
    await expect(resolveImage(`${registry.host}/app:v1`)).rejects.toMatchObject({ code: "LIMIT" });
  });

  it("control characters in its messages", async () => {
    const registry = await startRegistry({
      onRequest: ({ path }) =>
        path.includes("/manifests/")
          ? {
            answer: {
              status: 400,
              body: JSON.stringify({ errors: [{ code: "X", message: "\x1b[2J\u202egood\u0007" }] }),
            },
          }
          : undefined,
    });
    const error = await resolveImage(`${registry.host}/app:v1`).catch((e) => e);
    expect(error.message).toContain("\\x1b[2J\\u202egood\\x07 (X)");
    // deno-lint-ignore no-control-regex
    expect(error.message).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });
});

describe("headDigest", () => {
  it("takes the registry's word, without the manifest", async () => {
    const registry = await startRegistry();
    const put = await seedImage(registry, "app", "v1");
    const got = await headDigest(`${registry.host}/app:v1`, {}, await testWorld());
    expect(got).toEqual(put.manifest.descriptor);
    expect(registry.log.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it("fetches it where HEAD is not supported or says too little", async () => {
    const registry = await startRegistry();
    const put = await seedImage(registry, "app", "v1");
    for (
      const fault of [
        { answer: { status: 405 } },
        { headers: { "docker-content-digest": "" } },
      ]
    ) {
      registry.onRequest = ({ method }) => method === "HEAD" ? fault : undefined;
      expect(await headDigest(`${registry.host}/app:v1`, {}, await testWorld()))
        .toEqual(put.manifest.descriptor);
    }
  });

  it("does not take an unreadable digest for one, but fetches, and says so", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    registry.onRequest = () => ({ headers: { "docker-content-digest": '"sha256:1"' } });
    await expect(headDigest(`${registry.host}/app:v1`, {}, await testWorld()))
      .rejects.toMatchObject({ code: "MALFORMED" });
    registry.onRequest = ({ method }) =>
      method === "HEAD" ? { headers: { "docker-content-digest": '"sha256:1"' } } : undefined;
    await headDigest(`${registry.host}/app:v1`, {}, await testWorld());
    await copy(sourceOf({ it: await image() }), await sinkAt(`${registry.host}/app:v1`));
  });

  it("fetches it where the digest that is said is of another algorithm", async () => {
    const registry = await startRegistry();
    const put = await seedImage(registry, "app", "v1");
    const bytes = await readContent(put.manifest, 1 << 22);
    const digest = `sha512:${createHash("sha512").update(bytes).digest("hex")}` as const;
    const manifest = registry.repository("app").manifests.get(put.manifest.descriptor.digest)!;
    registry.repository("app").manifests.set(digest, manifest);
    registry.onRequest = () => ({
      headers: { "docker-content-digest": put.manifest.descriptor.digest },
    });
    expect(await headDigest(`${registry.host}/app@${digest}`, {}, await testWorld()))
      .toMatchObject({ digest, size: bytes.length });
  });

  it("says what is not there", async () => {
    const registry = await startRegistry();
    await expect(headDigest(`${registry.host}/app:v1`, {}, await testWorld()))
      .rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("registry: what only those see whom it knows", () => {
  const private_ = async (hides: number) => {
    const registry = await startRegistry({ basic: { me: "secret" } });
    const put = await seedImage(registry, "app", "v1");
    // As Artifactory with anonymous access: nobody is asked who they are, but at the start.
    registry.onRequest = ({ path, headers }) =>
      path === "/v2/" || headers.authorization ? undefined : { answer: { status: hides } };
    return { registry, put };
  };

  it.each([403, 404])("is found after %d to nobody", async (hides) => {
    const { registry, put } = await private_(hides);
    const creds = { registry: { creds: "me:secret" } };
    const got = await resolveImage(`${registry.host}/app:v1`, creds);
    expect(got.manifest.descriptor).toEqual(put.manifest.descriptor);
    expect(registry.log.filter(({ path }) => path === "/v2/")).toHaveLength(1);
    const { digest } = await headDigest(`${registry.host}/app:v1`, creds, await testWorld());
    expect(digest).toBe(put.manifest.descriptor.digest);
    expect(await listTags(`${registry.host}/app`, creds, await testWorld())).toEqual(["v1"]);
    await expect(resolveImage(`${registry.host}/app:v2`, creds))
      .rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it.each([403, 404])("may be pushed to after %d to nobody", async (hides) => {
    const { registry, put } = await private_(hides);
    const creds = { registry: { creds: "me:secret" } };
    await copy(sourceOf({ it: put }), await sinkAt(`${registry.host}/new:v1`, creds));
    expect(registry.log.filter(({ path }) => path === "/v2/")).toHaveLength(1);
  });

  it("is looked for once, where nobody asks", async () => {
    const registry = await startRegistry();
    const source = await sourceAt(`${registry.host}/app:v1`, { registry: { creds: "me:secret" } });
    for (let i = 0; i < 3; i++) {
      await expect(source.resolve()).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    expect(registry.log.filter(({ path }) => path === "/v2/")).toHaveLength(1);
    expect(registry.log.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });
});

describe("registry: every request", () => {
  it("says who we are, with the version", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    await resolveImage(`${registry.host}/app:v1`);
    const { version } = JSON.parse(await readFile("package.json", "utf8"));
    expect(new Set(registry.log.map(({ headers }) => headers["user-agent"])))
      .toEqual(new Set([`nixoci/${version}`]));
  });

  it("lets the registry warn, once", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    registry.onRequest = () => ({
      headers: {
        warning: `299 - "going away on \\"Friday\\"", 299 - "\u009b2J, really", 110 - "stale"`,
      },
    });
    const notices: string[] = [];
    const source = await sourceAt(`${registry.host}/app:v1`, {
      onNotice: ({ message }) => notices.push(message),
    });
    await source.resolve();
    await source.resolve();
    expect(notices).toEqual([
      `${registry.host} warns: going away on "Friday"`,
      `${registry.host} warns: \\x9b2J, really`,
    ]);
  });

  it("hears no warnings without end, nor from those to whom it is sent on", async () => {
    const [registry, other] = [await startRegistry(), await startRegistry()];
    const put = await seedImage(registry, "app", "v1");
    await seedImage(other, "app", "v1", put);
    let n = 0;
    registry.onRequest = ({ path }) =>
      path.includes("/blobs/")
        ? { answer: { status: 307, headers: { location: `${other.url}${path}` } } }
        : { headers: { warning: `299 - "number ${n++}"` } };
    other.onRequest = () => ({ headers: { warning: '299 - "from elsewhere"' } });
    const notices: string[] = [];
    const source = await sourceAt(`${registry.host}/app:v1`, {
      onNotice: ({ message }) => notices.push(message),
    });
    for (let i = 0; i < 20; i++) await source.resolve();
    expect(notices).toHaveLength(10);
    expect(notices.join()).not.toContain("elsewhere");
  });
});

describe("listTags", () => {
  // What stands after `Link: <URL>`, and before it.
  it.each([
    ['; rel="next"'],
    ["; rel=next"],
    [';rel = "next" '],
    ['; title="a, b"; rel="next"'],
    ['; rel="next"; title="a, b; rel=prev"'],
    ['; title="<x>; \\"y\\""; rel="next"'],
    ['; foo=bar; REL="Next"'],
    ['; rel="last next"'],
    ["; crossorigin; rel=next"],
    ["; title*=UTF-8''a%2Cb; rel=next"],
    ["; rel=next; rel=prev"],
    ['; anchor="?n=1000"; rel=next'],
    ['; rel=next,</x>; rel="first"'],
    ['; rel="next"', '</first>; rel="first", '],
    ['; rel="next"', '</a,b>; rel="prev"; title="x, </y>; rel=next",, '],
    ['; rel="next"', '</other>; rel=next; anchor="/elsewhere", '],
    ["; rel=next;"],
  ])("goes on at Link: …%s", async (after, before = "") => {
    const registry = await startRegistry();
    registry.onRequest = ({ path }) => {
      const isFirst = !path.includes("last");
      const link = `${before}<?last=a>${after}`;
      const body = JSON.stringify({ tags: [isFirst ? "a" : "b"] });
      return { answer: { status: 200, body, headers: { link: isFirst ? link : "" } } };
    };
    expect(await listTags(`${registry.host}/app`, {}, await testWorld())).toEqual(["a", "b"]);
  });

  it("does not end in silence at a Link that cannot be read", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "a");
    for (const link of ["/v2/next", '<?last=a; rel="next"', '<?x>; rel="next', "<?x> rel=next"]) {
      registry.onRequest = () => ({ headers: { link } });
      await expect(listTags(`${registry.host}/app`, {}, await testWorld()), link)
        .rejects.toMatchObject({ code: "MALFORMED" });
    }
    for (const link of ["", " , ", '<?x>; rel="prev"', "<?x>"]) {
      registry.onRequest = () => ({ headers: { link } });
      expect(await listTags(`${registry.host}/app`, {}, await testWorld()), link).toEqual(["a"]);
    }
  });

  it("takes a page of more than a manifest's size, as Google's, but no endless one", async () => {
    const registry = await startRegistry();
    const manifest = Object.fromEntries(
      Array.from({ length: 60_000 }, (_, i) => [`sha256:${`${i}`.padStart(64, "0")}`, { tag: [] }]),
    );
    const body = JSON.stringify({ tags: ["a"], manifest });
    expect(body.length).toBeGreaterThan(4 * 1024 * 1024);
    registry.onRequest = () => ({ answer: { status: 200, body } });
    expect(await listTags(`${registry.host}/app`, {}, await testWorld())).toEqual(["a"]);
    registry.onRequest = () => ({ answer: { status: 200, body: Buffer.alloc(65 << 20, " ") } });
    await expect(listTags(`${registry.host}/app`, {}, await testWorld()))
      .rejects.toMatchObject({ code: "LIMIT" });
  });

  it("follows the pages", async () => {
    const registry = await startRegistry({
      onRequest: ({ path }) => {
        // A registry whose pages are smaller than what is asked for.
        if (path.includes("tags/list?n=1000")) return redirect(path.replace("n=1000", "n=2"));
        return undefined;
      },
    });
    const redirect = (location: string) => ({ answer: { status: 307, headers: { location } } });
    const all = ["a", "b", "c", "d", "e"];
    for (const tag of all) await seedImage(registry, "app", tag);
    expect(await listTags(`${registry.host}/app`, {}, await testWorld())).toEqual(all);
    expect(registry.log.filter(({ path }) => path.includes("n=2"))).toHaveLength(3);
  });

  it("knows repositories without tags, and ones that are not there", async () => {
    const registry = await startRegistry();
    registry.repository("empty");
    expect(await listTags(`${registry.host}/empty`, {}, await testWorld())).toEqual([]);
    registry.onRequest = ({ path }) =>
      path.includes("/tags/") ? { answer: { status: 200, body: '{"tags":null}' } } : undefined;
    expect(await listTags(`${registry.host}/empty`, {}, await testWorld())).toEqual([]);
    registry.onRequest = undefined;
    await expect(listTags(`${registry.host}/absent`, {}, await testWorld()))
      .rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("goes on where it is, though the registry takes its protocol for another", async () => {
    const registry = await startRegistry();
    registry.onRequest = ({ path }) => {
      const isFirst = !path.includes("last");
      const link = `<https://${registry.host}/v2/app/tags/list?last=a>; rel="next"`;
      const body = JSON.stringify({ tags: [isFirst ? "a" : "b"] });
      return { answer: { status: 200, body, headers: { link: isFirst ? link : "" } } };
    };
    expect(await listTags(`${registry.host}/app`, {}, await testWorld())).toEqual(["a", "b"]);
  });

  it.each(["null", "[]", '"a"', '{"errors":[{"code":"NAME_UNKNOWN"}]}', '{"tags":{}}'])(
    "does not take %s for an empty list",
    async (body) => {
      const registry = await startRegistry();
      registry.onRequest = () => ({ answer: { status: 200, body } });
      await expect(listTags(`${registry.host}/app`, {}, await testWorld()))
        .rejects.toMatchObject({ code: "MALFORMED" });
    },
  );

  it("does not go on on another host, and takes no tag that is none", async () => {
    const [registry, other] = [await startRegistry(), await startRegistry()];
    await seedImage(registry, "app", "a");
    const link = `<${other.url}/v2/app/tags/list>; rel="next"`;
    registry.onRequest = ({ path }) => path.includes("tags") ? { headers: { link } } : undefined;
    await expect(listTags(`${registry.host}/app`, {}, await testWorld()))
      .rejects.toMatchObject({ code: "UNSAFE" });
    expect(other.connections).toBe(0);
    registry.onRequest = ({ path }) =>
      path.includes("tags")
        ? { answer: { status: 200, body: JSON.stringify({ tags: ["a", "\x1b[2J"] }) } }
        : undefined;
    await expect(listTags(`${registry.host}/app`, {}, await testWorld()))
      .rejects.toMatchObject({ code: "MALFORMED" });
  });
});
