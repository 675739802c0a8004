/**
 * Headers as GNU tar writes them for a folder: `tar --numeric-owner -C folder -c .`, which is how
 * dockerTools packs its customisation layer.
 * @see https://github.com/NixOS/nixpkgs/blob/master/pkgs/build-support/docker/default.nix
 */
import { encodeGnuHeader, type RootNames } from "../../tar/gnu.ts";
import { addRecords } from "./block.ts";
import type { LayerMember } from "./member.ts";

const SECOND = 1_000_000_000n;

const NO_NAMES: RootNames = { uname: "", gname: "" };

/**
 * Encodes a member whose name begins at the root: `/bin` is `./bin/`. GNU tar leaves extended
 * attributes out; a member that has some gets PAX records for them, for every reader knows these.
 */
export function writeGnuHeader(member: LayerMember): Uint8Array {
  return encodeMember(member, NO_NAMES, NO_NAMES);
}

/** Encodes a member with the names of its owners; a name that does not begin at the root is as it is. */
export function writeNamedGnuHeader(member: LayerMember): Uint8Array {
  const { uid, gid, uname, gname } = member.owner;
  const root = { uname: uid === 0 ? uname : "root", gname: gid === 0 ? gname : "root" };
  return encodeMember(member, { uname, gname }, root);
}

function encodeMember(member: LayerMember, names: RootNames, root: RootNames): Uint8Array {
  const { name, type, linkname, mode, size, owner: { uid, gid } } = member;
  const place = name.startsWith("/") ? `.${name}` : name;
  const path = type === "directory" && !place.endsWith("/") ? `${place}/` : place;
  const mtime = BigInt(member.mtime) * SECOND;
  const header = encodeGnuHeader(
    { path, type, linkpath: linkname, mode, size, uid, gid, mtime, ...names },
    root,
  );
  return member.xattrs === undefined || member.xattrs.length === 0
    ? header
    : addRecords(member, header);
}
