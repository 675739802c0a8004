/** What the headers of a layer say: of files as they lie on disk, under rules, and as they are made. */
import { linkAt } from "./files.ts";
import type { Member, Owner } from "./header/member.ts";
import { type MadeEntry, type MadeNode, toBytes } from "./made.ts";
import { type Permitter, permitterOf } from "./move.ts";
import type { LayerRecipe, Perm } from "./recipe.ts";
import type { Found } from "./tree.ts";

/** Describes what was found for a place; nothing was for a folder that only lies between others. */
export type DescribeMember = (name: string, found: Found | undefined) => Member;

const BETWEEN = { type: "directory", mode: 0o755, size: 0 } as const;

/** Returns what describes the members of one layer, in their order. */
export function memberDescriber(recipe: LayerRecipe): DescribeMember {
  const { mtime = 1, uid = 0, gid = 0, uname = "root", gname = "root" } = recipe;
  const owner: Owner = { uid, gid, uname, gname };
  const permit = rememberPermitters();
  const linkAgain = rememberFirstNames(recipe.made ?? []);
  return (name, found) => {
    const { type, mode, size } = found?.stat ?? BETWEEN;
    const linkname = type === "symlink" ? targetOf(found!) : "";
    const member = { name, type, linkname, size, mtime, mode, owner };
    if (found?.made !== undefined) return linkAgain(describeMade(member, found.made), found.made);
    if (found?.perms === undefined) return member;
    return { ...member, ...permit(found.perms)(found.source, { mode, owner }) };
  };
}

function targetOf({ made, root, source }: Found): string {
  return made?.type === "symlink" ? made.target : linkAt(root + source);
}

/** Compiles each list of rules once. */
function rememberPermitters(): (perms: readonly Perm[]) => Permitter {
  const permitters = new Map<readonly Perm[], Permitter>();
  return (perms) => {
    const permitter = permitters.get(perms) ?? permitterOf(perms);
    permitters.set(perms, permitter);
    return permitter;
  };
}

/** Adds what an entry says of itself. An ID of its own takes no name from the recipe. */
function describeMade(member: Member, made: MadeNode): Member {
  const { uid, gid, uname, gname, mtime = member.mtime, xattrs = {} } = made;
  const all = member.owner;
  const owner: Owner = {
    uid: uid ?? all.uid,
    gid: gid ?? all.gid,
    uname: uname ?? (uid === undefined ? all.uname : ""),
    gname: gname ?? (gid === undefined ? all.gname : ""),
  };
  const names = Object.keys(xattrs);
  if (names.length === 0) return { ...member, mtime, owner };
  const sorted = names.sort((a, b) => Buffer.from(a).compare(Buffer.from(b)));
  return { ...member, mtime, owner, xattrs: sorted.map((name) => [name, toBytes(xattrs[name]!)]) };
}

/** Makes hard links of the second and later names of a file, whichever name that is. */
function rememberFirstNames(made: readonly MadeEntry[]): (member: Member, of: MadeNode) => Member {
  const linked = new Set(made.flatMap((one) => one.type === "hardlink" ? one.target : []));
  const names = new Map<string, string>();
  return (member, { path }) => {
    if (!linked.has(path)) return member;
    const linkname = names.get(path);
    if (linkname !== undefined) {
      return { ...member, type: "hardlink", linkname, size: 0, xattrs: [] };
    }
    names.set(path, member.name);
    return member;
  };
}
