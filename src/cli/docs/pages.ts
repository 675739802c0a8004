/** The reference of the command line, made from what the verbs say of themselves: a page a verb. */
import { listSchemes, type SchemeInfo } from "../../../transports/list.ts";
import { globalFlags } from "../kit/command.ts";
import { GROUPS, type LoadedVerb, loadVerbs } from "../verbs.ts";
import { createJsonPage } from "./json/page.ts";
import { formatList, wrap } from "./markdown.ts";
import { createOptionsPage } from "./options/page.ts";
import { createUnitsPage } from "./units.ts";
import { formatFlagList, formatVerbSection } from "./section.ts";

const MADE =
  "<!-- Made by `npm run docs` from the commands in src/cli/verbs: change it there. -->\n";

const INTRODUCTION = `# The command line

${MADE}
Results go to standard output, progress and messages to standard error; with \`--json\` the result is
one JSON value, and so is a failure, on standard error: [their shapes](json.md) are documented. An
archive or tarball that goes to standard output is all that is written there.

The exit status is 0 when all went well, 1 when the operation failed, 2 when the words were wrong,
130 after an interrupt (143 after SIGTERM). After a failure nothing half-written is left.

## References

Every image is named as \`scheme:location\`. The word before the first colon is the scheme, and its
[transport](../README.md#from-anywhere-to-anywhere) reads the location:

${formatList(listSchemes().map(describeScheme))}
Where only registries are meant (\`pull\`, \`prefetch\`, \`lock\`, \`tags\`), a name needs no scheme, and
\`registry:\` or \`docker://\` may stand before it. A word is a scheme there only where a name could not
look so: with a slash behind it, which no tag has, or with a hyphen in it or in the scheme that it
stands for. So \`docker:27\` is the image \`docker\` with the tag 27, and \`podman:5000/app\` is on a host
with a port.
`;

function describeScheme({ form, place, aliases }: SchemeInfo): string {
  const names = aliases.map((alias) => `\`${alias}:\``).join(", ");
  return `\`${form}\`: ${place}${names === "" ? "" : `; also ${names}`}`;
}

/** Makes the pages, by their paths below docs/. */
export async function createCliPages(): Promise<ReadonlyMap<string, string>> {
  const verbs = await loadVerbs();
  const pages = Object.groupBy(verbs, ({ name }) => name.split(" ")[0]!);
  return new Map([
    ["cli.md", formatIndexPage(verbs)],
    ["json.md", createJsonPage()],
    ["options.md", createOptionsPage()],
    ["units.md", createUnitsPage()],
    ...Object.entries(pages).map(([name, verbs = []]) =>
      [`cli/${name}.md`, formatVerbPage(name, verbs)] as const
    ),
  ]);
}

function formatIndexPage(verbs: readonly LoadedVerb[]): string {
  const lines = verbs.map(({ name, verb: { summary } }) => {
    const [page, inner] = name.split(" ");
    const anchor = inner === undefined ? "" : `#${page}-${inner}`;
    return `[\`${name}\`](cli/${page}.md${anchor}): ${summary}`;
  });
  return [
    INTRODUCTION,
    "## Commands\n",
    formatList(lines),
    "## Flags of every command\n\nThey may also stand before it.\n",
    formatFlagList(Object.entries(globalFlags)),
  ].join("\n");
}

/** Formats the page of a verb, or of a group with a section a verb. */
function formatVerbPage(name: string, verbs: readonly LoadedVerb[]): string {
  const group = GROUPS[name];
  const summary = group === undefined ? [] : [`${group.summary}.\n`];
  if (group?.usual) {
    summary.push(
      wrap(`Where none of these commands is named, \`${name} ${group.usual}\` is meant.`) + "\n",
    );
  }
  const sections = verbs.map((one) => [
    ...(group === undefined ? [] : [`## ${one.name}\n`]),
    formatVerbSection(one),
  ]);
  return [`# ${name}\n`, MADE, ...summary, ...sections.flat()].join("\n");
}
