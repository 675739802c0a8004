/**
 * The rules in the plainest form: layers applied one after another, lowest first, to a map of paths.
 * The oracle for the engine, which goes the other way.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 */
import type { TarFields } from "../../../src/tar/entry.ts";
import { fieldsOf, type Member } from "./stack.ts";

interface File {
  readonly fields: TarFields;
  readonly text: string;
}

type State = Map<string, File>;

const IMPLIED: File = { fields: { path: "", type: "directory", mode: 0o755 }, text: "" };

/** What shows in the end, in the order of entries: `path mode uid gid mtime type content`. */
export function modelled(layers: readonly (readonly Member[])[]): string[] {
  const state: State = new Map();
  layers.forEach((members, i) => apply(state, members, String(i + 1)));
  const first = new Map<File, string>();
  return [...state.keys()].sort(byParts).map((path) => {
    const file = state.get(path)!;
    const { type = "file", mode = 0, uid = 0, gid = 0, mtime = 0n, linkpath = "" } = file.fields;
    const name = first.get(file);
    if (file !== IMPLIED) first.set(file, name ?? path);
    const linked = file !== IMPLIED && name !== undefined ? ` = ${name}` : "";
    return `${path} ${
      mode.toString(8)
    } ${uid}:${gid} ${mtime} ${type} ${linkpath}${file.text}${linked}`;
  });
}

function apply(state: State, members: readonly Member[], number: string): void {
  const own: State = new Map();
  const named = members.map((member) => {
    const { fields, data } = fieldsOf(member, number);
    const file = { fields, text: data.toString() };
    const path = located(own, fields.path);
    const linkpath = fields.type === "hardlink" ? located(own, fields.linkpath!) : fields.linkpath;
    if (!hides(path)) place(own, path, own.get(linkpath ?? "") ?? file);
    return { fields: { ...fields, linkpath }, text: file.text, path };
  });
  // Whiteouts hide what the layers below have, wherever they stand.
  for (const { path } of named.filter(({ path }) => hides(path))) {
    const [, folder = "", name = ""] = /^(.*\/)?\.wh\.([^/]*)$/.exec(path)!;
    if (name !== ".wh..opq") remove(state, folder + name);
    else for (const key of [...state.keys()]) if (key.startsWith(folder)) state.delete(key);
  }
  for (const { path, fields, text } of named.filter(({ path }) => !hides(path))) {
    const isLink = fields.type === "hardlink";
    const linked = isLink ? state.get(fields.linkpath!) : undefined;
    if (isLink && (linked ?? IMPLIED).fields.type === "directory") throw new Error(`link ${path}`);
    place(state, path, linked ?? { fields, text });
  }
}

function hides(path: string): boolean {
  return /(?:^|\/)\.wh\.[^/]*$/.test(path);
}

function place(state: State, path: string, file: File): void {
  makeParents(state, path);
  const both = [state.get(path), file].every((one) => one?.fields.type === "directory");
  if (!both) remove(state, path);
  state.set(path, file);
}

/** Where a member of a layer lies, of which these have gone by: folders that are links lead on. */
function located(own: State, path: string): string {
  const ahead = path.split("/").filter((part) => part !== "");
  const name = ahead.pop()!;
  let way: string[] = [];
  for (let steps = 0; ahead.length > 0; steps++) {
    const part = ahead.shift()!;
    if (part === "..") way.pop();
    else way.push(part);
    const { type = "file", linkpath = "" } = own.get(way.join("/"))?.fields ?? IMPLIED.fields;
    if (type !== "directory" && type !== "symlink" || steps > 1000) throw new Error(`below ${way}`);
    if (type !== "symlink") continue;
    way = linkpath.startsWith("/") ? [] : way.slice(0, -1);
    ahead.unshift(...linkpath.split("/").filter((one) => one !== ""));
  }
  return [...way, name].join("/");
}

function makeParents(state: State, path: string): void {
  const parts = path.split("/");
  for (let length = 1; length < parts.length; length++) {
    const parent = parts.slice(0, length).join("/");
    if (state.get(parent)?.fields.type !== "directory") {
      remove(state, parent);
      state.set(parent, IMPLIED);
    }
  }
}

function remove(state: State, path: string): void {
  for (const key of [...state.keys()]) {
    if (key === path || key.startsWith(`${path}/`)) state.delete(key);
  }
}

function byParts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a.replaceAll("/", "\0")), Buffer.from(b.replaceAll("/", "\0")));
}
