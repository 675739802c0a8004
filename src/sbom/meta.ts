/** Reads what Nix says of packages: licences and CPEs. Nothing is guessed from names. */
import { NixociError } from "../base/errors.ts";
import { isObject, parseJson } from "../image/json.ts";

/** Facts of a package that somebody has given. */
export interface PackageMeta {
  /** SPDX's expression, where all licences have identifiers of SPDX. */
  readonly expression?: string;
  /** The names of licences that SPDX does not know. */
  readonly licences?: readonly string[];
  readonly cpe?: string;
  readonly homepage?: string;
  readonly description?: string;
}

/**
 * Parses metadata: the JSON of `nix-env -qa --meta --json`, or an object of the same `meta` by store
 * path. The facts are found by store path, by each of `outputs`, and by `name`.
 * @throws NixociError `MALFORMED`.
 * @example
 * ```ts
 * import { parseMeta } from "nixoci";
 * const json = { hello: { name: "hello-2.12", meta: { license: { spdxId: "GPL-3.0-or-later" } } } };
 * console.log(parseMeta(JSON.stringify(json)).get("hello-2.12")?.expression); // GPL-3.0-or-later
 * ```
 */
export function parseMeta(text: string, what = "the metadata"): Map<string, PackageMeta> {
  const json = parseJson(Buffer.from(text), what);
  if (!isObject(json)) throw new NixociError("MALFORMED", `${what} is not an object`);
  const found = new Map<string, PackageMeta>();
  for (const [key, value] of Object.entries(json)) {
    if (!isObject(value)) continue;
    const one = value as Readonly<Record<string, unknown>>;
    const meta = toMeta(isObject(one["meta"]) ? one["meta"] as object : one);
    const outputs = isObject(one["outputs"]) ? Object.values(one["outputs"] as object) : [];
    for (const name of [key, one["name"], one["outPath"], ...outputs]) {
      if (typeof name === "string") found.set(name, meta);
    }
  }
  return found;
}

/** Finds what is known of a store path: by itself, or by its whole name. */
export function findMeta(
  metas: ReadonlyMap<string, PackageMeta>,
  path: string,
  name: string,
): PackageMeta | undefined {
  return metas.get(path) ?? (/-\d/.test(name) ? metas.get(name) : undefined);
}

function toMeta(meta: object): PackageMeta {
  const { license, identifiers, homepage, description } = meta as Readonly<Record<string, unknown>>;
  const licences = license === undefined || license === null ? [] : [license].flat();
  const ids = licences.map((one) =>
    isObject(one) ? (one as { spdxId?: unknown }).spdxId : undefined
  );
  const isWhole = ids.length > 0 && ids.every((id) => typeof id === "string" && ID.test(id));
  const names = licences.flatMap(nameOf);
  const { cpe } = (isObject(identifiers) ? identifiers : {}) as { cpe?: unknown };
  const page = [homepage].flat()[0];
  return {
    ...isWhole && { expression: ids.join(" AND ") },
    ...!isWhole && names.length > 0 && { licences: names },
    ...typeof cpe === "string" && CPE.test(cpe) && { cpe },
    ...typeof page === "string" && /^https?:\/\/\S+$/.test(page) && { homepage: page },
    ...typeof description === "string" && { description },
  };
}

const ID = /^[A-Za-z0-9][A-Za-z0-9.+-]*$/;
const CPE = /^cpe:2\.3:[aho*-](?::[^\s:]+){10}$/;

function nameOf(licence: unknown): string[] {
  if (typeof licence === "string") return [licence];
  if (!isObject(licence)) return [];
  const { spdxId, fullName, shortName } = licence as Readonly<Record<string, unknown>>;
  const name = [spdxId, fullName, shortName].find((one) => typeof one === "string");
  return name === undefined ? [] : [name as string];
}
