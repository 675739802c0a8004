/** Proof that files of `/etc` have places of their own. */
import { NixociError } from "../../base/errors.ts";
import type { EtcFile } from "./etc-file.ts";

/**
 * Proves that no two have the same place, and none lies below another that is not a folder.
 * @throws NixociError `USAGE`, with both fields.
 */
export function checkPlaces(files: readonly EtcFile[]): void {
  const places = new Map<string, EtcFile>();
  for (const file of files) {
    const other = places.get(file.place);
    if (other !== undefined) throw placeError(file, `${other.at} has that place, too`);
    places.set(file.place, file);
  }
  for (const file of files) {
    for (const above of listAbove(file.place)) {
      const other = places.get(above);
      if (other !== undefined) throw placeError(file, `${other.at} is above it`);
    }
  }
}

function listAbove(place: string): string[] {
  const parts = place.split("/").slice(1, -1);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}

function placeError({ at, place }: EtcFile, why: string): NixociError {
  return new NixociError("USAGE", `${at}: ${place} cannot be made, for ${why}`, {
    hint: "give one of them another target, or leave it out",
  });
}
