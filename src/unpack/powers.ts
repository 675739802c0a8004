/** Tells who this process is, and what it may do, by trying. */
import { chownSync, rmSync, writeFileSync } from "node:fs";

/** The owner of new files, unless a set-group-ID bit says otherwise. */
export const SELF: { readonly uid: number; readonly gid: number } = {
  uid: process.geteuid?.() ?? 0,
  gid: process.getegid?.() ?? 0,
};

/**
 * Tells whether files can be given away. Root in a user namespace of its own (`unshare -r`) cannot,
 * and a container's root may lack the capability.
 * @param spare a directory to try it in, with a slash at its end.
 */
export function canSetOwners(spare: string): boolean {
  if (process.geteuid === undefined || SELF.uid !== 0) return false;
  const probe = `${spare}nixoci-owner`;
  writeFileSync(probe, "", { flag: "wx" });
  try {
    chownSync(probe, 1, 1);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe);
  }
}
