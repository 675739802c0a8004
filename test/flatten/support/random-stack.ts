/** Stacks of layers made up from a seed: few names, so that they often meet. */
import type { TarFields } from "../../../src/tar/entry.ts";
import type { Random } from "../../tar/support/random.ts";
import type { Member } from "./stack.ts";

export interface StackOptions {
  readonly layers?: number;
  /** Names twice in a layer, and parents that are not directories: what no file system can hold. */
  readonly wild?: boolean;
}

/** Some layers, lowest first. */
export function someStack(
  random: Random,
  { layers = 5, wild = true }: StackOptions = {},
): Member[][] {
  const count = 1 + random.below(layers);
  return Array.from({ length: count }, (_, n) => someLayer(random, n + 1, wild));
}

function somePath({ below, pick }: Random): string {
  return Array.from({ length: 1 + below(3) }, () => pick(["a", "b", "c", "d-e"])).join("/");
}

function someLayer(random: Random, number: number, wild: boolean): Member[] {
  const members: Member[] = [];
  /** What the layer has made: `true` for directories. */
  const made = new Map<string, boolean>();
  const fits = (path: string, isDirectory: boolean): boolean => {
    const before = made.get(path);
    if (before !== undefined && !(before && isDirectory)) return false;
    const isParent = [...made.keys()].some((other) => other.startsWith(`${path}/`));
    const below = path.split("/").slice(0, -1)
      .some((_, i, parts) => made.get(parts.slice(0, i + 1).join("/")) === false);
    return !below && (isDirectory || !isParent);
  };
  for (let i = 0; i < 1 + random.below(8); i++) {
    const path = somePath(random);
    const kind = random.below(10);
    if (kind === 0) {
      const folder = path.replace(/\/?[^/]*$/, "");
      if (!wild && folder !== "" && !fits(folder, true)) continue;
      members.push(path.replace(/[^/]*$/, ".wh.$&"));
      if (folder !== "") made.set(folder, true);
    } else if (kind === 1) {
      // A marker lies in a directory that its layer has.
      if (!wild && !fits(path, true)) continue;
      members.push(directory(path, random, number), `${path}/.wh..wh..opq`);
      made.set(path, true);
    } else {
      const isDirectory = kind < 5;
      if (!wild && !fits(path, isDirectory)) continue;
      const files = [...made].filter(([, isDirectory]) => !isDirectory).map(([name]) => name);
      members.push(someMember(path, isDirectory, kind, files, random, number, i));
      made.set(path, isDirectory);
    }
  }
  return members;
}

function someMember(
  path: string,
  isDirectory: boolean,
  kind: number,
  files: readonly string[],
  random: Random,
  number: number,
  i: number,
): Member {
  if (isDirectory) return directory(path, random, number);
  if (kind === 8) return `${path} -> ${random.pick(["", "/", "../"])}${somePath(random)}`;
  const target = kind === 9 ? files.filter((name) => name !== path) : [];
  if (target.length > 0) return `${path} = ${random.pick(target)}`;
  return { path, ...someOwner(random), mtime: someTime(number), text: `${number}.${i}` };
}

function directory(path: string, random: Random, number: number): Member {
  const fields: TarFields = { path: `${path}/`, type: "directory" };
  return { ...fields, ...someOwner(random), mtime: someTime(number) };
}

function someOwner({ below, pick }: Random) {
  return { mode: pick([0o755, 0o700, 0o1777, 0o640]), uid: below(3), gid: below(3) };
}

function someTime(number: number): bigint {
  return BigInt(1_600_000_000 + number) * 1_000_000_000n;
}
