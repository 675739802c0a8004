/** What a header and its PAX records say of a member beside its name, type and content. */
import { NixociError } from "../errors.ts";
import { countIn, FIELD, numberIn, textIn } from "./block.ts";
import type { TarEntry, TarType } from "./entry.ts";
import { decodeName } from "./name.ts";
import { countOf, type PaxValue, SECOND, timeOf } from "./pax.ts";

/** A header, and the records in force for it. */
export interface Described {
  readonly block: Buffer;
  readonly dialect: "ustar" | "gnu" | "v7";
  /** Global and own records; the own win. */
  readonly records: ReadonlyMap<string, PaxValue>;
}

type Attributes = Pick<
  TarEntry,
  "mode" | "uid" | "gid" | "uname" | "gname" | "mtime" | "devmajor" | "devminor"
>;

/** Which fields a header has beside those of v7. */
export function dialectOf(block: Buffer): Described["dialect"] {
  const magic = block.toString("latin1", FIELD.magic[0], FIELD.magic[1]);
  if (magic.startsWith("ustar\0")) return "ustar";
  return magic === "ustar  \0" ? "gnu" : "v7";
}

/** @throws NixociError `MALFORMED` for numbers that are none, or that no file can have. */
export function attributesOf(of: Described, type: TarType): Attributes {
  const named = of.dialect !== "v7";
  const device = type === "char" || type === "block";
  // Python ends the archive, silently, at a file whose device numbers are none.
  const devmajor = countIn(of.block, FIELD.devmajor, "device");
  const devminor = countIn(of.block, FIELD.devminor, "device");
  if (device && !named) {
    throw new NixociError("MALFORMED", "it is a device, but in v7 format");
  }
  return {
    mode: countIn(of.block, FIELD.mode, "mode") % 0o10000,
    uid: idOf(of, "uid"),
    gid: idOf(of, "gid"),
    uname: named ? ownerOf(of, "uname") : "",
    gname: named ? ownerOf(of, "gname") : "",
    mtime: mtimeOf(of),
    devmajor: device ? devmajor : 0,
    devminor: device ? devminor : 0,
  };
}

const ID_LIMIT = 2 ** 32;

function idOf({ block, records }: Described, which: "uid" | "gid"): number {
  const pax = records.get(which);
  const id = pax === undefined ? countIn(block, FIELD[which], which) : countOf(pax.text, which);
  if (id < ID_LIMIT) return id;
  throw new NixociError("MALFORMED", `its ${which} is ${id}, more than 32 bits`);
}

function ownerOf({ block, records }: Described, which: "uname" | "gname"): string {
  return records.get(which)?.text ?? decodeName(textIn(block, FIELD[which]));
}

function mtimeOf({ block, records }: Described): bigint {
  const pax = records.get("mtime");
  if (pax !== undefined) return timeOf(pax.text, "mtime");
  return BigInt(numberIn(block, FIELD.mtime, "mtime")) * SECOND;
}
