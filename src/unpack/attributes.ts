/** Decides which attributes of a file are kept on the disk, left out, or written down beside it. */
import type { FlatEntry } from "../flatten/types.ts";
import { encodeResource } from "./rootless.ts";

/** The powers of this process over files, and the user's wishes. */
export interface Powers {
  /** Owners can be set; otherwise they are written down in {@link ROOTLESS}. */
  readonly owners: boolean;
  /** Devices, set-user-ID and set-group-ID bits, and capabilities are wanted. */
  readonly special: boolean;
}

/** The attributes that a file is made with. */
export interface KeptAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Counts of what was left out. */
export interface LeftOut {
  /** Character and block devices. */
  devices: number;
  /** Files that lost their set-user-ID or set-group-ID bit. */
  setIds: number;
  /** Files that lost their capabilities. */
  capabilities: number;
  /** Other extended attributes: this process may not set them, or the file system has none. */
  xattrs: number;
  /** FIFOs: there was no tar to make them. */
  fifos: number;
}

/** Creates counts that are all 0. */
export function createLeftOut(): LeftOut {
  return { devices: 0, setIds: 0, capabilities: 0, xattrs: 0, fifos: 0 };
}

/** The attribute in which tools without root (umoci, PRoot, nixoci) write down a file's owner. */
export const ROOTLESS = "user.rootlesscontainers";

const CAPABILITY = "security.capability";
const SET_IDS = 0o6000;

/**
 * Attributes that belong to the machine or to the mount where a layer was made: SELinux's labels,
 * access lists of NFS, overlayfs's notes, which would make another overlayfs hide files.
 */
const FOREIGN = /^(?:security\.selinux$|system\.nfs4_acl$|(?:trusted|user)\.overlay\.)/;

/** Returns the attributes to make the file with, and counts those that are lost in `left`. */
export function keepAttributes(entry: FlatEntry, powers: Powers, left: LeftOut): KeptAttributes {
  return {
    mode: keepMode(entry, powers, left),
    uid: entry.uid,
    gid: entry.gid,
    xattrs: keepXattrs(entry, powers, left),
  };
}

/** Takes set-ID bits away. A directory's set-group-ID bit gives no rights, and stays. */
function keepMode({ type, mode }: FlatEntry, { special }: Powers, left: LeftOut): number {
  if (special || type === "directory" || (mode & SET_IDS) === 0) return mode;
  left.setIds++;
  return mode & ~SET_IDS;
}

function keepXattrs(entry: FlatEntry, powers: Powers, left: LeftOut): KeptAttributes["xattrs"] {
  const owner = powers.owners ? undefined : ownerNoteOf(entry);
  if (entry.xattrs.size === 0 && owner === undefined) return entry.xattrs;
  const kept = new Map<string, Uint8Array>();
  for (const [name, value] of entry.xattrs) {
    const mayBeSet = powers.owners || name.startsWith("user.");
    if (name === CAPABILITY && !(mayBeSet && powers.special)) left.capabilities++;
    else if (FOREIGN.test(name)) continue;
    else if (mayBeSet) kept.set(name, value);
    else left.xattrs++;
  }
  if (owner !== undefined) kept.set(ROOTLESS, owner);
  return kept;
}

/**
 * Encodes the owner for {@link ROOTLESS}. Only files and directories can have it; without it, 0:0
 * is meant.
 */
function ownerNoteOf({ type, uid, gid }: FlatEntry): Uint8Array | undefined {
  const canHold = type === "file" || type === "directory";
  return canHold && (uid !== 0 || gid !== 0) ? encodeResource(uid, gid) : undefined;
}
