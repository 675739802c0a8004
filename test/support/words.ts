/** The code and the documents as text, and what is named and said in them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A comment of a source. */
export interface Comment {
  readonly line: number;
  /** Without the signs that make it a comment. */
  readonly text: string;
  readonly isDocstring: boolean;
}

/** A function at the top of a source. */
export interface NamedFunction {
  readonly name: string;
  readonly isExported: boolean;
}

/** Returns the text of a file of the repository. */
export function readText(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Returns the texts of the files in these folders by path; what has another suffix is left out. */
export function readTexts(folders: readonly string[], suffix: string): Map<string, string> {
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(suffix) && !file.includes("node_modules")).map((file) =>
        join(folder, file)
      ).sort()
  );
  return new Map(files.map((file) => [file, readText(file)]));
}

/** Lists the names of the types that a source declares. */
export function listTypes(source: string): string[] {
  const type = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class) ([A-Z]\w*)/gm;
  return [...source.matchAll(type)].map(([, name]) => name!);
}

/** Lists the functions that a source declares at its top; overloads count once. */
export function listFunctions(source: string): NamedFunction[] {
  const declared =
    /^(export )?(?:async )?function\*? (\w+)|^(export )?const (\w+)(?:: \w+)? = (?:async )?\(/gm;
  const found = new Map([...source.matchAll(declared)].map((match) => {
    const name = (match[2] ?? match[4])!;
    return [name, { name, isExported: (match[1] ?? match[3]) !== undefined }];
  }));
  return [...found.values()];
}

/** Lists the comments of a source, those that stand behind code included. */
export function listComments(source: string): Comment[] {
  const pattern = /^[ \t]*\/\*[\s\S]*?\*\/|(?:^|[ \t])\/\/ .*$/gm;
  return [...source.matchAll(pattern)].map(({ 0: comment, index }) => ({
    line: source.slice(0, index).split("\n").length,
    text: comment.replace(/^[ \t]*(?:\/\*\*?|\*\/|\*|\/\/)[ \t]?/gm, "").replace(/\*\/$/, "")
      .trim(),
    isDocstring: comment.trimStart().startsWith("/**"),
  }));
}
