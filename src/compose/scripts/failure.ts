/** The failure of a script, explained: its field, its line, and what to do where that is known. */
import { codeOf, NixociError, wrapError } from "../../base/errors.ts";
import type { ScriptOutput } from "./output.ts";
import type { LayerScript } from "./script.ts";

/** Returns the error for a script that failed. @param listLinks lists the layer's links into the store, and where they lead. */
export function explainScriptFailure(
  error: unknown,
  script: LayerScript,
  output: ScriptOutput,
  listLinks: () => ReadonlyMap<string, string>,
): NixociError {
  const { field } = script;
  const isOwn = codeOf(error) === "FAILED";
  const line = output.line !== undefined ? `${field}: line ${output.line}` : field;
  const failed = wrapError(error, line);
  const hint = (isOwn ? suggestRemedy(script, output.sign ?? "", listLinks) : undefined) ??
    failed.hint;
  return new NixociError(failed.code, failed.message, { cause: error, hint });
}

/** Suggests what to do about a line that the script has printed. */
function suggestRemedy(
  script: LayerScript,
  sign: string,
  listLinks: () => ReadonlyMap<string, string>,
): string | undefined {
  if (/read-only file system/i.test(sign)) return suggestForReadOnly(script, sign, listLinks());
  if (/chown: /.test(sign)) {
    return "this user has no subordinate IDs (/etc/subuid, newuidmap), so that all files are root's";
  }
  if (/no space left/i.test(sign)) {
    return "free some space in nixoci's cache, or set NIXOCI_CACHE_DIR to another folder";
  }
  if (/exec format error/i.test(sign)) {
    return "install qemu-user-static with binfmt_misc entries of the flag F for programs of " +
      "another machine, or run it on such a machine";
  }
  if (/not found/i.test(sign)) return "name store paths that have the program in tools";
  if (/cannot (?:lock|open) \/etc/i.test(sign) && !script.isRoot) {
    return "users are added at /: set enableFakechroot, or use runAsRoot";
  }
  return undefined;
}

function suggestForReadOnly(
  { isRoot }: LayerScript,
  sign: string,
  links: ReadonlyMap<string, string>,
): string {
  const names = sign.match(/[^\s:'"‘’`]+/g) ?? [];
  const places = names.map((name) => `/${name.replace(/^(?:\.?\/)*/, "").replace(/^layer\//, "")}`);
  // Where the store is a copy, the file is named that the link leads to.
  const link = [...links].find(([at, to]) => places.includes(at) || places.includes(to))?.[0];
  if (link !== undefined) {
    return `${link} is a link to ${links.get(link)}, and nothing is written there: ` +
      `put a copy in its place first (cp --remove-destination)`;
  }
  if (names.some((name) => /^\/(?:proc|sys)\//.test(name))) {
    return "what is in /proc/sys and /sys is this machine's, and no image has it";
  }
  return isRoot
    ? "the store cannot be written to: write to a copy of its file"
    : "write below the working folder, which becomes /, and not to the root itself";
}
