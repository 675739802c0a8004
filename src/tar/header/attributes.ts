/** Reads a member's attributes from its header and PAX records: all but name, type and content. */
import { NixociError } from "../../base/errors.ts";
import { decodeField, FIELD, readCount, readNumber } from "../block.ts";
import type { TarEntry, TarType } from "../entry.ts";
import { parseCount, parseTime, type PaxValue, SECOND } from "../pax.ts";

/** A header, and the records that apply to it. */
export interface DescribedHeader {
  readonly block: Buffer;
  readonly dialect: "ustar" | "gnu" | "v7";
  /** Global and own records; the own win. */
  readonly records: ReadonlyMap<string, PaxValue>;
}

type Attributes = Pick<
  TarEntry,
  "mode" | "uid" | "gid" | "uname" | "gname" | "mtime" | "devmajor" | "devminor"
>;

/** Returns the dialect of a header, from its magic: which fields it has besides those of v7. */
export function dialectOf(block: Buffer): DescribedHeader["dialect"] {
  if (hasMagic(block, USTAR)) return "ustar";
  return hasMagic(block, GNU) ? "gnu" : "v7";
}

const USTAR = Buffer.from("ustar\0");
const GNU = Buffer.from("ustar  \0");

function hasMagic(block: Buffer, magic: Buffer): boolean {
  for (let at = 0; at < magic.length; at++) {
    if (block[FIELD.magic[0] + at] !== magic[at]) return false;
  }
  return true;
}

/**
 * Returns the attributes of a member.
 * @throws NixociError `MALFORMED` for fields that are not numbers, or numbers that no file can have.
 */
export function attributesOf(of: DescribedHeader, type: TarType): Attributes {
  const { block, records } = of;
  const numbers = readNumbers(block);
  const named = of.dialect !== "v7";
  const device = type === "char" || type === "block";
  if (device && !named) throw new NixociError("MALFORMED", "it is a device, but in v7 format");
  const mtime = records.get("mtime");
  return {
    mode: numbers.mode % 0o10000,
    uid: idOf(records.get("uid"), numbers.uid, "uid"),
    gid: idOf(records.get("gid"), numbers.gid, "gid"),
    uname: named ? ownerNameOf(of, "uname") : "",
    gname: named ? ownerNameOf(of, "gname") : "",
    mtime: mtime === undefined ? BigInt(numbers.mtime) * SECOND : parseTime(mtime.text, "mtime"),
    devmajor: device ? numbers.devmajor : 0,
    devminor: device ? numbers.devminor : 0,
  };
}

/**
 * Reads all numbers of a header, even those that PAX overrides: where one is malformed, Python ends
 * the archive silently.
 * @throws NixociError `MALFORMED`.
 */
export function readNumbers(block: Buffer) {
  return {
    mode: readCount(block, FIELD.mode, "mode"),
    uid: checkId(readCount(block, FIELD.uid, "uid"), "uid"),
    gid: checkId(readCount(block, FIELD.gid, "gid"), "gid"),
    mtime: readNumber(block, FIELD.mtime, "mtime"),
    devmajor: readCount(block, FIELD.devmajor, "device"),
    devminor: readCount(block, FIELD.devminor, "device"),
  };
}

function idOf(pax: PaxValue | undefined, header: number, which: string): number {
  return pax === undefined ? header : checkId(parseCount(pax.text, which), which);
}

function checkId(id: number, which: string): number {
  if (id < 2 ** 32) return id;
  throw new NixociError("MALFORMED", `its ${which} is ${id}, more than 32 bits`);
}

function ownerNameOf({ block, records }: DescribedHeader, which: "uname" | "gname"): string {
  const pax = records.size === 0 ? undefined : records.get(which)?.text;
  if (pax !== undefined) return pax;
  return decodeField(block, FIELD[which]);
}
