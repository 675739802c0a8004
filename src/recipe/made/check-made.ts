/** The rules for entries that are made here. */
import { NixociError } from "../../base/errors.ts";
import { encodeName, isEscaped } from "../../tar/name.ts";
import { checkId, checkName, checkPlace, checkTime, fieldError } from "../fields.ts";
import { type MadeAttributes, type MadeEntry, type MadeFile, madeFilesOf } from "./made.ts";

/**
 * Proves that the entries can be made together.
 * @throws NixociError `MALFORMED`; the message names the field.
 */
export function checkMade(made: readonly MadeEntry[]): void {
  const files = madeFilesOf(made);
  const places = new Set<string>();
  made.forEach((one, i) => {
    const at = `made[${i}]`;
    checkPlace(`${at}.path`, one.path);
    if (isEscaped(one.path)) encodeName(one.path);
    if (places.has(one.path)) throw fieldError(`${at}.path`, one.path, "there once only");
    places.add(one.path);
    if (one.type !== "hardlink") checkAttributes(one, at);
    else if (!files.has(one.target)) {
      throw fieldError(`${at}.target`, one.target, "the path of a file that the layer makes");
    }
    if (one.type === "file") checkContent(one, at);
    if (one.type === "symlink") checkTarget(one.target, at);
    if (one.type === "file" || one.type === "directory") checkMode(one.mode ?? 0, at);
  });
}

/** Checks what is said: most entries, of which there are thousands, say nothing. */
function checkAttributes(made: MadeAttributes, at: string): void {
  const { uid, gid, mtime, uname, gname, xattrs } = made;
  if (uid !== undefined) checkId(`${at}.uid`, uid);
  if (gid !== undefined) checkId(`${at}.gid`, gid);
  if (mtime !== undefined) checkTime(`${at}.mtime`, mtime);
  checkName(`${at}.uname`, uname);
  checkName(`${at}.gname`, gname);
  if (xattrs !== undefined) checkXattrs(xattrs, at);
}

function checkXattrs(xattrs: NonNullable<MadeAttributes["xattrs"]>, at: string): void {
  for (const [name, value] of Object.entries(xattrs)) {
    if (name === "" || name.includes("\0") || !name.isWellFormed()) {
      throw fieldError(`${at}.xattrs`, name, "the name of an attribute, such as user.note");
    }
    checkText(`${at}.xattrs.${name}`, value);
  }
}

function checkContent({ content }: MadeFile, at: string): void {
  if (typeof content === "object" && "file" in content) {
    checkPlace(`${at}.content.file`, content.file);
  } else checkText(`${at}.content`, content);
}

function checkText(field: string, content: string | Uint8Array): void {
  if (typeof content !== "string" || content.isWellFormed()) return;
  // Nothing of it is shown: it may be a secret.
  throw new NixociError("MALFORMED", `${field} of a layer has half a character in it`, {
    hint: "give bytes where it is not text",
  });
}

function checkTarget(target: string, at: string): void {
  if (target === "" || target.includes("\0")) {
    throw fieldError(`${at}.target`, target, "where a link can lead");
  }
  if (isEscaped(target)) encodeName(target);
}

function checkMode(mode: number, at: string): void {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777) {
    throw fieldError(`${at}.mode`, mode, "permission bits, from 0 to 0o7777");
  }
}
