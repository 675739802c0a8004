/** The page of what programs read: results, events and failures as JSON. */
import { formatFence, formatList, wrap } from "../markdown.ts";
import { ERROR_CODES, NOTICE_CODES } from "./codes.ts";
import { EVENT, FAILURE } from "./events.ts";
import { DOCUMENTS, JSON_VERSION, RESULTS } from "./shapes.ts";
import { type AnyShape, describeShape, formatType } from "./type-text.ts";
import { UPDATE_EVENT } from "./updates.ts";

const INTRODUCTION = `# JSON for programs

<!-- Made by \`npm run docs\` from src/cli/docs/json: change it there. -->

With \`--json\` a command prints its result as one JSON value on standard output, and a failure as the
last line of standard error. Where standard output is an archive or a tarball, the result is the
last line of standard error, too. \`--progress json\` makes each event of a copy a line of standard
error.

This is version ${JSON_VERSION}, which \`nixoci --version --json\` says. A program should pass over fields that it
does not know: new ones may come with any release. The version grows when a field goes away or
changes its meaning, and CHANGELOG.md says so.

A \`Digest\` is \`sha256:…\` or \`sha512:…\` as a string, a \`Descriptor\` is
\`{ mediaType: string; digest: Digest; size: number }\`, and may have the other fields that the
[image specification](https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md) has.
`;

/** Makes the page. */
export function createJsonPage(): string {
  return [
    INTRODUCTION,
    "## Failures\n",
    formatTypeBlock("Failure", FAILURE),
    formatCodes(ERROR_CODES),
    "## Events\n",
    formatTypeBlock("Event", EVENT),
    "`base update` says with `--progress json` what became of each commit, when it is done with:\n",
    formatTypeBlock("UpdateEvent", UPDATE_EVENT),
    "The codes of notices:\n",
    formatCodes(NOTICE_CODES),
    "## Results\n",
    ...groupAlike().map(([type, verbs]) =>
      `${wrap(`${verbs.map(titleOf).join(", ")}:`)}\n\n${formatFence(type, "typescript")}`
    ),
    "Some print a document of another format:\n",
    formatCodes(DOCUMENTS),
  ].join("\n");
}

/** Gathers the verbs whose results have the same shape. */
function groupAlike(): [type: string, verbs: string[]][] {
  const groups = new Map<string, string[]>();
  for (const verb of Object.keys(RESULTS).sort()) {
    const type = `type Result = ${formatType(RESULTS[verb]!)};`;
    groups.set(type, [...groups.get(type) ?? [], verb]);
  }
  return [...groups];
}

function titleOf(verb: string): string {
  const description = describeShape(RESULTS[verb]!);
  return `\`nixoci ${verb}\`${description === undefined ? "" : ` (${description})`}`;
}

function formatTypeBlock(name: string, shape: AnyShape): string {
  return formatFence(`type ${name} = ${formatType(shape)};`, "typescript");
}

function formatCodes(codes: Readonly<Record<string, string>>): string {
  return formatList(Object.entries(codes).map(([code, words]) => `\`${code}\`: ${words}`));
}
