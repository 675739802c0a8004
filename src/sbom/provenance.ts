/**
 * Writes where an image is from: SLSA's provenance in a statement of in-toto.
 * @see https://slsa.dev/spec/v1.0/provenance
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
import type { Digest } from "../bytes/digest.ts";
import { omitMissing } from "../base/omit-missing.ts";
import type { Inventory } from "./types.ts";

/** The media type of the statements. */
export const STATEMENT_TYPE = "application/vnd.in-toto+json";

/** The type of what the statement says. */
export const PROVENANCE_TYPE = "https://slsa.dev/provenance/v1";

/** The facts of a build. */
export interface BuildFacts {
  /** The version of nixoci. */
  readonly version: string;
  readonly subject: { readonly name: string; readonly digest: Digest };
  /** The SPEC, as it was read. */
  readonly spec: unknown;
  /** The base image, where there is one. */
  readonly base?: { readonly uri: string; readonly digest?: Digest | undefined } | undefined;
  readonly inventory: Inventory;
}

/**
 * Formats the provenance of an image that was built. No time and no machine is in it: the same build
 * makes the same bytes.
 * @example
 * ```ts
 * import { formatProvenance } from "nixoci";
 * const digest = `sha256:${"0".repeat(64)}` as const;
 * const inventory = { image: digest, packages: [], roots: [], unknown: [] };
 * const subject = { name: "app", digest };
 * const text = formatProvenance({ version: "1.0.0", subject, spec: {}, inventory });
 * console.log(JSON.parse(text).predicateType); // https://slsa.dev/provenance/v1
 * ```
 */
export function formatProvenance(facts: BuildFacts): string {
  const { version, subject, spec, base, inventory } = facts;
  const paths = inventory.packages.filter(({ storePath }) => storePath !== undefined);
  return `${
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: subject.name, digest: toDigestSet(subject.digest) }],
      predicateType: PROVENANCE_TYPE,
      predicate: {
        buildDefinition: {
          buildType: "urn:nixoci:build:v1",
          externalParameters: { spec },
          internalParameters: {},
          resolvedDependencies: [
            ...base === undefined ? [] : [
              omitMissing({ uri: base.uri, digest: base.digest && toDigestSet(base.digest) }),
            ],
            ...paths.map(({ storePath, narHash }) =>
              omitMissing({
                uri: `file://${storePath}`,
                // in-toto has no word for the hash of a NAR: it says of what it is.
                annotations: narHash && { narHash },
              })
            ),
          ],
        },
        runDetails: {
          builder: { id: "urn:nixoci:builder", version: { nixoci: version } },
        },
      },
    })
  }\n`;
}

function toDigestSet(digest: Digest): Record<string, string> {
  const [algorithm = "", hex = ""] = digest.split(":");
  return { [algorithm]: hex };
}
