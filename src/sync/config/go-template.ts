/** The templates of regsync's files, as far as people use them there: `{{env "X"}}`, `{{file "P"}}`. */
import { readFileSync } from "node:fs";
import { NixociError, wrapError } from "../../base/errors.ts";
import { refuseUnset } from "./values.ts";

const ACTION = /\{\{-?\s*(.*?)\s*-?\}\}/gs;

/**
 * Replaces what is in braces.
 * @param where the place in the file, for messages.
 * @throws NixociError `UNSUPPORTED` for other templates, `USAGE` for variables that are not set, and
 * what reading throws.
 */
export function expandGoTemplate(text: string, where: string): string {
  return text.replace(ACTION, (_, action: string) => {
    const [, word, quoted = ""] = /^(env|file)\s+("(?:[^"\\]|\\.)*"|`[^`]*`)$/s.exec(action) ?? [];
    if (word === undefined) {
      throw new NixociError(
        "UNSUPPORTED",
        `${where}: this template is not one that is known here`,
        {
          hint: 'write the value itself, {{env "NAME"}} or {{file "PATH"}}',
        },
      );
    }
    const name = unescapeText(quoted, where);
    if (word === "env") return process.env[name] ?? refuseUnset(name, where);
    try {
      return readFileSync(name, "utf8").trim();
    } catch (error) {
      throw wrapError(error, `${where}: cannot read ${name}`);
    }
  });
}

function unescapeText(quoted: string, where: string): string {
  if (quoted.startsWith("`")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch (cause) {
    throw new NixociError("MALFORMED", `${where}: a text in a template is not well quoted`, {
      cause,
    });
  }
}
