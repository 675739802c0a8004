/** Prints the help. Neither a verb nor its words' parser are loaded for it. */
import process from "node:process";
import { styleText } from "node:util";
import { formatHelp } from "./layout.ts";
import type { HelpPage } from "./page.ts";

/** The package, as the launcher knows it. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** The width where there is no terminal, and the one below which nothing could be read. */
const COLUMNS = { usual: 80, least: 40 };

/** Prints the help of a verb, of a group of verbs, or of all when none is named. */
export async function printHelp(path: readonly string[], info: PackageInfo): Promise<void> {
  const { stdout } = process;
  const { loadPage } = await import("./ready.ts");
  const page = await loadPage(path.join(" "));
  const text = formatHelp(path.length === 0 ? addAbout(page, info) : page, {
    columns: Math.max(COLUMNS.least, stdout.isTTY && stdout.columns || COLUMNS.usual),
    style: (style, text) => styleText(style, text, { stream: stdout }),
  });
  stdout.write(text);
}

function addAbout(page: HelpPage, { name, version, description }: PackageInfo): HelpPage {
  const { platform, arch, versions: { deno, node } } = process;
  const runtime = deno === undefined ? `node-v${node}` : `deno-v${deno}`;
  const about = `${name}/${version} ${platform}-${arch} ${runtime}`;
  return {
    summary: description,
    sections: [{ title: "VERSION", text: about }, ...page.sections],
  };
}
