/** Bills of materials: what is known is there, what is not is said, and the formats' rules hold. */
import { describe, expect, it } from "vitest";
import { formatCycloneDx } from "../../src/sbom/cyclonedx.ts";
import { formatProvenance } from "../../src/sbom/provenance.ts";
import { formatSpdx } from "../../src/sbom/spdx.ts";
import { parseMeta } from "../../src/sbom/meta.ts";
import { computeUuid } from "../../src/sbom/uuid.ts";
import { APP, LIB, META, mixedInventory } from "./support.ts";

const MAKER = { version: "1.0.0", name: "app" };

describe("an inventory", () => {
  it("has store paths with what they refer to, and nothing that nobody said", async () => {
    const { packages, roots } = await mixedInventory();
    const stored = packages.filter(({ from }) => from === "nix");
    expect(stored).toEqual([
      {
        id: APP.slice(11),
        from: "nix",
        name: "app",
        version: "1.0",
        storePath: APP,
        meta: {
          expression: "MIT",
          cpe: "cpe:2.3:a:us:app:1.0:*:*:*:*:*:*:*",
          homepage: "https://example.com/",
          description: "<script>alert(1)</script>",
        },
        needs: [LIB.slice(11)],
      },
      {
        id: LIB.slice(11),
        from: "nix",
        name: "lib",
        version: "2.0",
        output: "dev",
        storePath: LIB,
        meta: { licences: ["MIT", "Unfree"] },
        needs: [],
      },
    ]);
    expect(roots).toContain(APP.slice(11));
    expect(roots).not.toContain(LIB.slice(11));
  });

  it("has the packages of dpkg, of status.d too, and of apk, and says what it cannot read", async () => {
    const { packages, unknown } = await mixedInventory();
    const others = packages.filter(({ from }) => from !== "nix");
    expect(others.map(({ purl, needs }) => [purl, ...needs])).toEqual([
      ["pkg:apk/debian/busybox@1.36.1-r29?arch=x86_64", "apk:musl@1.2.5-r0"],
      ["pkg:apk/debian/musl@1.2.5-r0?arch=x86_64"],
      ["pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64", "deb:libgcc-s1:amd64@12.2.0-14"],
      ["pkg:deb/debian/libgcc-s1@12.2.0-14?arch=amd64", "deb:libc6:amd64@2.36-9+deb12u4"],
      ["pkg:deb/debian/tzdata@2024a?arch=all"],
    ]);
    expect(unknown.join(" ")).toContain("/var/lib/rpm/rpmdb.sqlite is not a database of RPM");
    expect(unknown.join(" ")).toContain("bundled");
  });
});

describe("metadata", () => {
  it("of a name without a version means no store path, and a wrong CPE is none", () => {
    const metas = parseMeta(
      JSON.stringify({ air: { meta: { identifiers: { cpe: "cpe:/a:other:air" } } } }),
    );
    expect(metas.get("air")).toEqual({});
  });

  it("that is no object is refused", () => {
    expect(() => parseMeta("[]")).toThrow("is not an object");
  });
});

describe("documents", () => {
  it("are the same bytes for the same image", async () => {
    const [one, other] = [await mixedInventory(), await mixedInventory()];
    for (const format of [formatCycloneDx, formatSpdx]) {
      expect(format(one, MAKER)).toBe(format(other, MAKER));
    }
  });

  it("of CycloneDX have references that are there, each once, and say that they are incomplete", async () => {
    const bom = JSON.parse(formatCycloneDx(await mixedInventory(), MAKER));
    const refs: string[] = bom.components.map((one: { "bom-ref": string }) => one["bom-ref"]);
    expect(new Set(refs).size).toBe(refs.length);
    const all = new Set([...refs, bom.metadata.component["bom-ref"]]);
    for (const { ref, dependsOn = [] } of bom.dependencies) {
      for (const one of [ref, ...dependsOn]) expect(all.has(one), one).toBe(true);
    }
    expect(bom.dependencies.length).toBe(all.size);
    expect(bom.compositions).toMatchObject([{ aggregate: "incomplete" }]);
    expect(bom.serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    const licences = bom.components.flatMap((one: { licenses?: unknown }) => one.licenses ?? []);
    expect(licences).toEqual([
      { expression: "MIT" },
      { license: { name: "MIT" } },
      { license: { name: "Unfree" } },
    ]);
  });

  it("of SPDX have identifiers that it takes, each once, and relationships of these", async () => {
    const { packages, relationships, creationInfo } = JSON.parse(
      formatSpdx(await mixedInventory(), MAKER),
    );
    const ids: string[] = packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID);
    expect(ids.filter((id) => !/^SPDXRef-[A-Za-z0-9.-]+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { spdxElementId, relatedSpdxElement } of relationships) {
      expect(["SPDXRef-DOCUMENT", ...ids]).toContain(spdxElementId);
      expect(ids).toContain(relatedSpdxElement);
    }
    expect(relationships[0]).toMatchObject({ relationshipType: "DESCRIBES" });
    expect(creationInfo.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it("of provenance name the image by its digest, and what it was built of", async () => {
    const inventory = await mixedInventory();
    const digest = `sha256:${"1".repeat(64)}` as const;
    const subject = { name: "app", digest };
    const base = { uri: "registry:alpine" };
    const text = formatProvenance({
      version: "1",
      subject,
      spec: { name: "app" },
      base,
      inventory,
    });
    const { _type, predicate, subject: about } = JSON.parse(text);
    expect(_type).toBe("https://in-toto.io/Statement/v1");
    expect(about).toEqual([{ name: "app", digest: { sha256: "1".repeat(64) } }]);
    expect(predicate.buildDefinition.externalParameters).toEqual({ spec: { name: "app" } });
    expect(predicate.buildDefinition.resolvedDependencies.map(({ uri }: { uri: string }) => uri))
      .toEqual(["registry:alpine", `file://${APP}`, `file://${LIB}`]);
  });
});

it("a UUID of a name is the RFC's", () => {
  // RFC 9562, A.4 has the namespace of DNS; of URLs, Python's uuid5(NAMESPACE_URL, "x").
  expect(computeUuid("http://www.example.com/")).toBe("fcde3c85-2270-590f-9e7c-ee003d65e0e2");
  expect(Object.keys(META)).toContain(LIB);
});
