/** Entries that are made here, as JSON has them: in plans, and where a layer is remembered. */
import { Buffer } from "node:buffer";
import { NixociError } from "../../base/errors.ts";
import type { FileContent, MadeAttributes, MadeEntry, MadeNode } from "./made.ts";

/** An entry in JSON: modes in octal digits, bytes in base64. Which fields there are, `type` says. */
export interface MadeJson extends Omit<MadeAttributes, "xattrs"> {
  readonly type: MadeEntry["type"];
  readonly mode?: string;
  readonly replaces?: boolean;
  /** The content of a file: one of these three. */
  readonly text?: string;
  readonly base64?: string;
  readonly file?: string;
  /** The target of a link, or the file that a hard link names. */
  readonly target?: string;
  /** By name, each in base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** Tells whether JSON has an entry as it is: so it is with thousands of links. */
function isPlain(made: MadeNode): boolean {
  if (made.type === "file" || made.xattrs !== undefined) return false;
  return made.type === "symlink" || made.mode === undefined;
}

/** Returns an entry in JSON. */
export function formatMade(made: MadeEntry): MadeJson {
  if (made.type === "hardlink" || isPlain(made)) return made as MadeJson;
  const { xattrs, ...more } = made;
  const names = Object.entries(xattrs ?? {});
  const attributes = names.length > 0 && {
    xattrs: Object.fromEntries(names.map(([name, value]) => [name, toBase64(value)])),
  };
  if (more.type === "symlink") return { ...more, ...attributes };
  const { mode, ...rest } = more;
  const bits = mode !== undefined && { mode: mode.toString(8).padStart(4, "0") };
  if (rest.type === "directory") return { ...rest, ...bits, ...attributes };
  const { content, ...file } = rest;
  return { ...file, ...bits, ...attributes, ...encodeContent(content) };
}

function encodeContent(content: FileContent): Pick<MadeJson, "text" | "base64" | "file"> {
  if (typeof content === "string") return { text: content };
  if (content instanceof Uint8Array) return { base64: toBase64(content) };
  if (content.at === undefined) return { file: content.file };
  throw new NixociError("UNSUPPORTED", `a plan cannot name a part of ${content.file}`, {
    hint: "keep the layer as a tar: --tar-directory",
  });
}

/** Returns what the JSON says; of a file that says nothing of its content, an empty one. */
export function parseMade(json: MadeJson): MadeEntry {
  const { type, mode, text = "", base64, file, target = "", xattrs, replaces, ...rest } = json;
  if (type === "hardlink") return { type, path: rest.path, target };
  const attributes = {
    ...rest,
    ...(xattrs && {
      xattrs: Object.fromEntries(
        Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value, "base64")]),
      ),
    }),
  };
  if (type === "symlink") return { type, ...attributes, target };
  const bits = mode === undefined ? {} : { mode: Number.parseInt(mode, 8) };
  if (type === "directory") return { type, ...attributes, ...bits };
  const bytes = base64 === undefined ? text : Buffer.from(base64, "base64");
  const content = file === undefined ? bytes : { file };
  return { type, ...attributes, ...bits, content, ...(replaces !== undefined && { replaces }) };
}

function toBase64(content: string | Uint8Array): string {
  return Buffer.from(content).toString("base64");
}
