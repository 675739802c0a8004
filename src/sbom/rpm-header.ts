/**
 * Reads a header of RPM: what is known of a package, as the database keeps it.
 * @see https://rpm-software-management.github.io/rpm/manual/format_header.html
 */
import type { ImagePackage } from "./types.ts";
import { encodePurl } from "./purl.ts";

const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  license: 1014,
  arch: 1022,
  provides: 1047,
  requires: 1049,
} as const;
const TYPE = { int32: 4, string: 6, strings: 8, translated: 9 } as const;

/** Bytes of an entry of the index: tag, type, offset, count. */
const ENTRY = 16;

/** A package, and by which names others may ask for it. */
export interface RpmPackage extends Omit<ImagePackage, "needs"> {
  readonly requires: readonly string[];
  readonly provides: readonly string[];
}

/**
 * Parses a header.
 * @returns `undefined` for a key, which stands in the database as packages do.
 * @throws RangeError when the header is cut short.
 */
export function parseRpmHeader(header: Uint8Array, system = "rpm"): RpmPackage | undefined {
  const fields = indexFields(Buffer.from(header.buffer, header.byteOffset, header.length));
  const [name] = fields.strings(TAG.name);
  const [version] = fields.strings(TAG.version);
  const [release = ""] = fields.strings(TAG.release);
  if (!name || !version || name === "gpg-pubkey") return undefined;
  const [architecture] = fields.strings(TAG.arch);
  const epoch = fields.number(TAG.epoch);
  const [license] = fields.strings(TAG.license);
  const full = release === "" ? version : `${version}-${release}`;
  const about = [
    ...architecture ? [`arch=${encodePurl(architecture)}`] : [],
    ...epoch ? [`epoch=${epoch}`] : [],
  ];
  return {
    id: `rpm:${name}:${architecture ?? "noarch"}@${epoch ? `${epoch}:` : ""}${full}`,
    from: "rpm",
    name,
    version: epoch ? `${epoch}:${full}` : full,
    ...architecture && { architecture },
    purl: `pkg:rpm/${encodePurl(system)}/${encodePurl(name)}@${encodePurl(full)}${
      about.length === 0 ? "" : `?${about.join("&")}`
    }`,
    ...license && { meta: { licences: [license] } },
    requires: fields.strings(TAG.requires),
    provides: fields.strings(TAG.provides),
  };
}

interface HeaderFields {
  strings(tag: number): string[];
  number(tag: number): number | undefined;
}

function indexFields(header: Buffer): HeaderFields {
  const [entries, length] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const data = header.subarray(8 + entries * ENTRY);
  if (data.length < length) throw new RangeError("the header is cut short");
  const found = new Map<number, { type: number; offset: number; count: number }>();
  for (let at = 8; at < 8 + entries * ENTRY; at += ENTRY) {
    const [tag, type, offset, count] = [0, 4, 8, 12].map((i) => header.readUInt32BE(at + i)) as [
      number,
      number,
      number,
      number,
    ];
    if (!found.has(tag)) found.set(tag, { type, offset, count });
  }
  return {
    strings(tag) {
      const { type, offset, count } = found.get(tag) ?? { type: 0, offset: 0, count: 0 };
      if (type === TYPE.string) return readStrings(data, offset, 1);
      if (type === TYPE.strings || type === TYPE.translated) {
        return readStrings(data, offset, count);
      }
      return [];
    },
    number(tag) {
      const field = found.get(tag);
      return field?.type === TYPE.int32 ? data.readUInt32BE(field.offset) : undefined;
    },
  };
}

/** Reads texts that end with a zero byte each. */
function readStrings(data: Buffer, offset: number, count: number): string[] {
  const texts: string[] = [];
  for (let at = offset; texts.length < count;) {
    const end = data.indexOf(0, at);
    if (end === -1) throw new RangeError("a text does not end");
    texts.push(data.toString("utf8", at, end));
    at = end + 1;
  }
  return texts;
}
