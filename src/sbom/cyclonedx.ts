/** Writes inventories as CycloneDX. @see https://cyclonedx.org/docs/1.6/json/ */
import type { ImagePackage, Inventory } from "./types.ts";
import { computeUuid } from "./uuid.ts";

/** The media type of the documents. */
export const CYCLONEDX_TYPE = "application/vnd.cyclonedx+json";

/** The maker of a document. */
export interface SbomMaker {
  /** The version of nixoci. */
  readonly version: string;
  /** The name of the image, for people. */
  readonly name: string;
}

/**
 * Formats an inventory as JSON of CycloneDX 1.6. The same inventory makes the same bytes.
 * @example
 * ```ts
 * import { formatCycloneDx } from "nixoci";
 * const image = `sha256:${"0".repeat(64)}` as const;
 * const inventory = { image, packages: [], roots: [], unknown: [] };
 * const text = formatCycloneDx(inventory, { version: "1.0.0", name: "app" });
 * console.log(JSON.parse(text).specVersion); // 1.6
 * ```
 */
export function formatCycloneDx(inventory: Inventory, { version, name }: SbomMaker): string {
  const { image, created, packages, roots, unknown } = inventory;
  const timestamp = toTimestamp(created);
  return `${
    JSON.stringify(
      {
        $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bomFormat: "CycloneDX",
        specVersion: "1.6",
        serialNumber: `urn:uuid:${computeUuid(`cyclonedx ${image}`)}`,
        version: 1,
        metadata: {
          ...timestamp && { timestamp },
          tools: { components: [{ type: "application", name: "nixoci", version }] },
          component: { "bom-ref": image, type: "container", name, version: image },
        },
        components: packages.map(toComponent),
        dependencies: [
          { ref: image, ...roots.length > 0 && { dependsOn: roots } },
          ...packages.map(({ id, needs }) => ({
            ref: id,
            ...needs.length > 0 && { dependsOn: needs },
          })),
        ],
        compositions: [{ aggregate: "incomplete", assemblies: [image] }],
        annotations: unknown.map((text, i) => ({
          "bom-ref": `unknown-${i + 1}`,
          subjects: [image],
          annotator: { component: { type: "application", name: "nixoci", version } },
          timestamp: timestamp ?? "1970-01-01T00:00:00Z",
          text,
        })),
      },
      null,
      2,
    )
  }\n`;
}

function toComponent(one: ImagePackage): object {
  const { id, name, version, purl, meta, architecture } = one;
  const properties = [
    ["nix:store_path", one.storePath],
    ["nix:output", one.output],
    ["nix:nar_hash", one.narHash],
    ["nix:deriver", one.deriver],
    ["nixoci:architecture", architecture],
  ].flatMap(([name, value]) => value === undefined ? [] : [{ name, value }]);
  return {
    "bom-ref": id,
    type: /\.(?:sh|patch|py|pl|conf|json|nix|drv)$/.test(name) ? "file" : "library",
    name,
    ...version !== undefined && { version },
    ...meta?.description !== undefined && { description: meta.description },
    ...licencesOf(one),
    ...meta?.cpe !== undefined && { cpe: meta.cpe },
    ...purl !== undefined && { purl },
    ...meta?.homepage !== undefined && {
      externalReferences: [{ type: "website", url: meta.homepage }],
    },
    ...properties.length > 0 && { properties },
  };
}

function licencesOf({ meta }: ImagePackage): object {
  if (meta?.expression !== undefined) return { licenses: [{ expression: meta.expression }] };
  if (meta?.licences === undefined) return {};
  return { licenses: meta.licences.map((name) => ({ license: { name } })) };
}

/** Returns a time in whole seconds of UTC; `undefined` where there is none. */
export function toTimestamp(created: string | undefined): string | undefined {
  const time = created === undefined ? NaN : Date.parse(created);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
