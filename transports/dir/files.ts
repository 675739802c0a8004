/** The names of files in such a folder. */
import { NixociError } from "../../src/base/errors.ts";
import { algorithmOf, type Digest, encodedOf } from "../../src/bytes/digest.ts";
import type { PlaceReference } from "../../src/image/place.ts";

export const MANIFEST_FILE = "manifest.json";
export const VERSION_FILE = "version";

const VERSION = "Directory Transport Version: ";

/** Returns the file of a blob: 1.1 knew nothing but SHA-256, whose name it left out. */
export function blobFileOf(digest: Digest): string {
  const algorithm = algorithmOf(digest);
  return algorithm === "sha256" ? encodedOf(digest) : `${algorithm}-${encodedOf(digest)}`;
}

/** Returns the file of a manifest below the first one. */
export function manifestFileOf(digest: Digest): string {
  return `${blobFileOf(digest)}.manifest.json`;
}

/** Writes the version that a folder with these files has. */
export function formatVersion(digests: Iterable<Digest>): string {
  const isOld = [...digests].every((digest) => algorithmOf(digest) === "sha256");
  return `${VERSION}${isOld ? "1.1" : "1.2"}\n`;
}

/** Tells whether the text is that of a version file; says which, where it is too new. */
export function checkFolderVersion(text: string, path: string): void {
  const [, major, minor] = new RegExp(`^${VERSION}(\\d{1,4})\\.(\\d{1,4})\\s*$`).exec(text) ?? [];
  if (major === "1" && Number(minor) <= 2) return;
  throw new NixociError("UNSUPPORTED", `${path} is not a folder of skopeo's that can be read`, {
    hint: `its version file should say ${VERSION}1.1`,
  });
}

/** Returns the folder that the location names. @throws NixociError `USAGE` for an empty one. */
export function pathOf({ location, text }: PlaceReference): string {
  if (location !== "" && !location.includes("\0")) return location;
  throw new NixociError("USAGE", `${JSON.stringify(text)} is not a location`, {
    hint: "write dir:PATH",
  });
}
