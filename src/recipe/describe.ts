/** The members of a layer, described: as they lie on disk, under rules, and as they are made. */
import { readLink } from "./files.ts";
import type { LayerMember, MemberOwner } from "./header/member.ts";
import { type MadeEntry, type MadeNode, toBytes } from "./made/made.ts";
import { type Permitter, permitterOf } from "./move.ts";
import type { LayerRecipe, Perm } from "./recipe.ts";
import type { TreeFile } from "./tree/tree.ts";

/** Describes what was found for a place; nothing was for a folder that only lies between others. */
export type DescribeMember = (name: string, found: TreeFile | undefined) => LayerMember;

const BETWEEN = { type: "directory", mode: 0o755, size: 0 } as const;

/** Makes what describes the members of one layer, in their order. */
export function createDescriber(recipe: LayerRecipe): DescribeMember {
  const { mtime = 1, uid = 0, gid = 0, uname = "root", gname = "root" } = recipe;
  const owner: MemberOwner = { uid, gid, uname, gname };
  const permit = rememberPermitters();
  const linkAgain: ReturnType<typeof rememberFirstNames> = recipe.packer === "gnu-tar"
    ? (member) => member // it is told to write every name of a file as a file
    : rememberFirstNames(recipe.made ?? []);
  return (name, found) => {
    const { type, mode, size } = found?.stat ?? BETWEEN;
    const linkname = type === "symlink" ? targetOf(found!) : "";
    const member = { name, type, linkname, size, mtime, mode, owner };
    if (found?.made !== undefined) return linkAgain(describeMade(member, found.made), found.made);
    if (found?.perms === undefined) return member;
    return { ...member, ...permit(found.perms)(found.source, { mode, owner }) };
  };
}

function targetOf({ made, root, source }: TreeFile): string {
  return made?.type === "symlink" ? made.target : readLink(root + source);
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
function describeMade(member: LayerMember, made: MadeNode): LayerMember {
  const { uid, gid, uname, gname, mtime = member.mtime, xattrs = {} } = made;
  const all = member.owner;
  const owner: MemberOwner = {
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
function rememberFirstNames(
  made: readonly MadeEntry[],
): (member: LayerMember, of: MadeNode) => LayerMember {
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
