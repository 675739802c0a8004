/** A number of bytes as people write it. */
import { NixociError } from "../../../base/errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/** Reads `500MB`, `2GiB`, `1000`. @throws NixociError `USAGE`. */
export function readBytes(text: string, flag: string): number {
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?) ?((?:[kmgt]i?)?)b?$/i.exec(text) ?? [];
  if (count !== "") return Math.floor(Number(count) * UNITS[unit.toLowerCase()]!);
  throw new NixociError("USAGE", `${flag}: ${JSON.stringify(text)} is not a size`, {
    hint: "write one such as 500MB, 2GiB or 1000",
  });
}
