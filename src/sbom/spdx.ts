/** Writes inventories as SPDX. @see https://spdx.github.io/spdx-spec/v2.3/ */
import { type SbomMaker, toTimestamp } from "./cyclonedx.ts";
import type { ImagePackage, Inventory } from "./types.ts";
import { computeUuid } from "./uuid.ts";

/** The media type of the documents. */
export const SPDX_TYPE = "application/spdx+json";

const DOCUMENT = "SPDXRef-DOCUMENT";
const IMAGE = "SPDXRef-Image";
const NONE = "NOASSERTION";

/**
 * Formats an inventory as JSON of SPDX 2.3. The same inventory makes the same bytes.
 * @example
 * ```ts
 * import { formatSpdx } from "nixoci";
 * const image = `sha256:${"0".repeat(64)}` as const;
 * const inventory = { image, packages: [], roots: [], unknown: [] };
 * const text = formatSpdx(inventory, { version: "1.0.0", name: "app" });
 * console.log(JSON.parse(text).spdxVersion); // SPDX-2.3
 * ```
 */
export function formatSpdx(inventory: Inventory, { version, name }: SbomMaker): string {
  const { image, created, packages, roots, unknown } = inventory;
  const refs = new Map(packages.map(({ id }, i) => [id, `SPDXRef-Package-${i + 1}-${toSafe(id)}`]));
  const relate = (from: string, to: string, relationshipType: string) => ({
    spdxElementId: from,
    relatedSpdxElement: to,
    relationshipType,
  });
  const [algorithm = "", hex] = image.split(":");
  return `${
    JSON.stringify(
      {
        spdxVersion: "SPDX-2.3",
        dataLicense: "CC0-1.0",
        SPDXID: DOCUMENT,
        name,
        documentNamespace: `https://spdx.org/spdxdocs/nixoci-${computeUuid(`spdx ${image}`)}`,
        creationInfo: {
          created: toTimestamp(created) ?? "1970-01-01T00:00:00Z",
          creators: [`Tool: nixoci-${version}`],
        },
        comment: `This list is incomplete. ${unknown.join(" ")}`,
        packages: [
          {
            SPDXID: IMAGE,
            name,
            versionInfo: image,
            downloadLocation: NONE,
            filesAnalyzed: false,
            primaryPackagePurpose: "CONTAINER",
            checksums: [{ algorithm: algorithm.toUpperCase(), checksumValue: hex }],
          },
          ...packages.map((one) => toPackage(one, refs.get(one.id)!)),
        ],
        relationships: [
          relate(DOCUMENT, IMAGE, "DESCRIBES"),
          ...packages.map(({ id }) => relate(IMAGE, refs.get(id)!, "CONTAINS")),
          ...roots.map((id) => relate(IMAGE, refs.get(id)!, "DEPENDS_ON")),
          ...packages.flatMap(({ id, needs }) =>
            needs.map((need) => relate(refs.get(id)!, refs.get(need)!, "DEPENDS_ON"))
          ),
        ],
      },
      null,
      2,
    )
  }\n`;
}

function toPackage({ name, version, purl, meta, ...one }: ImagePackage, ref: string): object {
  const references = [
    ...purl === undefined ? [] : [{
      referenceCategory: "PACKAGE-MANAGER",
      referenceType: "purl",
      referenceLocator: purl,
    }],
    ...meta?.cpe === undefined ? [] : [{
      referenceCategory: "SECURITY",
      referenceType: "cpe23Type",
      referenceLocator: meta.cpe,
    }],
  ];
  const facts = [
    ["store path", one.storePath],
    ["output", one.output],
    ["NAR hash", one.narHash],
    ["deriver", one.deriver],
    ["architecture", one.architecture],
  ].flatMap(([what, value]) => value === undefined ? [] : [`${what}: ${value}`]);
  return {
    SPDXID: ref,
    name,
    ...version !== undefined && { versionInfo: version },
    downloadLocation: NONE,
    filesAnalyzed: false,
    licenseConcluded: NONE,
    licenseDeclared: meta?.expression ?? NONE,
    ...meta?.licences !== undefined && {
      licenseComments: `called ${meta.licences.join(", ")}, which SPDX does not list`,
    },
    copyrightText: NONE,
    ...meta?.homepage !== undefined && { homepage: meta.homepage },
    ...meta?.description !== undefined && { description: meta.description },
    ...facts.length > 0 && { comment: facts.join("\n") },
    ...references.length > 0 && { externalRefs: references },
  };
}

/** Returns what SPDX takes in an identifier. */
function toSafe(id: string): string {
  return id.replace(/[^A-Za-z0-9.-]/g, "-");
}
