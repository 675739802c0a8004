/**
 * Headers as GNU tar writes them for a folder: `tar --numeric-owner -C folder -c .`, which is how
 * dockerTools packs its customisation layer.
 * @see https://github.com/NixOS/nixpkgs/blob/master/pkgs/build-support/docker/default.nix
 */
import { encodeGnuHeader } from "../../tar/gnu.ts";
import { addRecords } from "./block.ts";
import type { LayerMember } from "./member.ts";

const SECOND = 1_000_000_000n;

/**
 * Encodes a member whose name begins at the root: `/bin` is `./bin/`. GNU tar leaves extended
 * attributes out; a member that has some gets PAX records for them, for every reader knows these.
 */
export function writeGnuHeader(member: LayerMember): Uint8Array {
  const { name, type, linkname, mode, size, owner: { uid, gid } } = member;
  const place = `.${name}`;
  const path = type === "directory" && !place.endsWith("/") ? `${place}/` : place;
  const mtime = BigInt(member.mtime) * SECOND;
  const header = encodeGnuHeader(
    { path, type, linkpath: linkname, mode, size, uid, gid, mtime },
    { numericOwner: true },
  );
  return member.xattrs === undefined || member.xattrs.length === 0
    ? header
    : addRecords(member, header);
}
