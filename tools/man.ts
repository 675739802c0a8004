/**
 * Writes manual pages from the pages of docs/cli: `node tools/man.ts FOLDER`, one a verb or group, and
 * `nixoci.1`. What Markdown they have is little: headings, paragraphs, lists, blocks of code.
 * @see man(7), man-pages(7)
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { createCliPages } from "../src/cli/docs/pages.ts";

/** Makes the manual pages, by their files' names. */
export async function createManPages(version: string): Promise<ReadonlyMap<string, string>> {
  const pages = await createCliPages();
  const verbs = [...pages].filter(([path]) => path.startsWith("cli/"))
    .map(([path, text]) => [`nixoci-${path.slice("cli/".length, -".md".length)}`, text] as const);
  const all = [["nixoci", pages.get("cli.md")!] as const, ...verbs];
  const names = all.map(([name]) => name);
  return new Map(all.map(([name, text]) => {
    const others = name === "nixoci" ? names.slice(1) : ["nixoci"];
    return [`${name}.1`, formatPage(name, version, text, others)];
  }));
}

function formatPage(
  name: string,
  version: string,
  text: string,
  others: readonly string[],
): string {
  const [, ...blocks] = text.split(/\n\n+/).filter((block) => !block.startsWith("<!--"));
  const isWhole = name === "nixoci";
  const summary = isWhole
    ? "move, pull, flatten and build container images"
    : blocks.shift()!.replace(/\.$/, "");
  const hasSynopsis = blocks[0]?.startsWith("```") ?? false;
  const words = [...name.split("-"), "COMMAND", "..."].join(" ");
  const lines = [
    `.TH ${escapeText(name.toUpperCase())} 1 "" "nixoci ${version}" "nixoci"`,
    ".SH NAME",
    `${escapeText(name)} \\- ${formatText(lowerFirst(summary))}`,
    ...(hasSynopsis ? [] : [".SH SYNOPSIS", `\\fB${words}\\fR`]),
    ...(isWhole ? [".SH DESCRIPTION"] : []),
    ...blocks.flatMap((block, i) => formatBlock(block, !hasSynopsis || i > 0)),
    ".SH SEE ALSO",
    others.map((other) => `\\fB${escapeText(other)}\\fR(1)`).join(",\n"),
    "",
  ];
  return lines.filter((line, i) => line !== ".PP" || !/^\.S[HS]/.test(lines[i - 1]!)).join("\n");
}

/** Formats a paragraph, a heading, a list or a block of code. @param isLater not the first, which is a synopsis. */
function formatBlock(block: string, isLater: boolean): string[] {
  const [, heading] = /^#+ (.*)$/.exec(block) ?? [];
  const [, code] = /^```\w*\n([^]*?)\n```$/.exec(block.trim()) ?? [];
  if (heading !== undefined) return [`.SH ${formatText(heading.toUpperCase())}`];
  if (code !== undefined) {
    const lines = code.split("\n").map(escapeText);
    if (!isLater) {
      return [
        ".SH SYNOPSIS",
        ...lines.map((line) => `\\fB${line}\\fR`),
        ".SH DESCRIPTION",
      ];
    }
    return [".PP", ".RS 4", ".nf", ...lines, ".fi", ".RE"];
  }
  const [, label] = /^(Flags|Examples|Access)[.:]/.exec(block) ?? [];
  const title = label === undefined ? [] : [label === "Examples" ? ".SH EXAMPLES" : `.SS ${label}`];
  const rest = block.replace(/^(Flags|Examples|Access)[.:]\s*/, "");
  if (/^- /.test(block)) return block.split(/\n(?=- )/).flatMap(formatItem);
  return rest.trim() === "" ? title : [...title, ".PP", formatText(rest)];
}

/** Formats an item: a term and what it means, where it begins with code. */
function formatItem(item: string): string[] {
  const text = item.replace(/^- /, "").replace(/\n\s+/g, " ").trim();
  const [, term, meaning] =
    /^((?:\[?`[^`]*`(?:\]\([^)]*\))?(?:, | \(repeatable\))?)+): (.*)$/.exec(text) ?? [];
  if (term === undefined) return [".IP \\(bu 2", formatText(text)];
  return [".TP", formatText(term), formatText(meaning!)];
}

/** Formats running text: code is bold, links are their words, and no line is a request. */
function formatText(text: string): string {
  return text.trim().replace(/\s+/g, " ").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .split(/(`[^`]*`)/).map((part) =>
      part.startsWith("`") ? `\\fB${escapeText(part.slice(1, -1))}\\fR` : escapeText(part)
    ).join("");
}

/** @see groff_char(7): a hyphen that is to be copied is a minus. */
function escapeText(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...")
    .replaceAll("→", "\\(->").replace(
      /[^\x20-\x7e\n]/g,
      (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
  return escaped.replace(/^(?=[.'])/gm, "\\&");
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

if (argv[1] === fileURLToPath(import.meta.url)) {
  const folder = argv[2]!;
  const about = await readFile(new URL("../package.json", import.meta.url), "utf8");
  await mkdir(folder, { recursive: true });
  for (const [name, page] of await createManPages(JSON.parse(about).version)) {
    await writeFile(join(folder, name), page);
  }
}
