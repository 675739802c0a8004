/** The page of all fields of a SPEC, made from its published schema. */
import { createSpecJsonSchema } from "../../../compose/spec/json-schema.ts";
import { formatList, wrap } from "../markdown.ts";
import { listOptions, type SpecOption } from "./list-options.ts";
import type { SchemaNode } from "./schema.ts";

const INTRODUCTION = `# Options

<!-- Made by \`npm run docs\` from the features in src/compose/features: change it there. -->

Every field of a [SPEC](build.md), and what it becomes. A field that is \`null\` is one that is not
there. \`<name>\` is any name, \`[]\` each of a list.
`;

/** Makes the page. */
export function createOptionsPage(): string {
  const options = listOptions(createSpecJsonSchema() as SchemaNode);
  const groups = Object.groupBy(options, ({ path }) => /^[^.[]+/.exec(path)![0]);
  const sections = Object.entries(groups).map(([name, all = []]) =>
    [`## ${name}\n`, ...all.map((one) => formatOption(one, name))].join("\n")
  );
  return [INTRODUCTION, ...sections].join("\n");
}

function formatOption(option: SpecOption, group: string): string {
  const { path, type, means, becomes, usual, example, isNeeded } = option;
  const facts = [
    `type: ${type}`,
    ...isNeeded ? ["must be there"] : [],
    ...usual === undefined ? [] : [`default: \`${JSON.stringify(usual)}\``],
    ...example === undefined ? [] : [`example: \`${JSON.stringify(example)}\``],
    ...becomes === undefined ? [] : [`becomes: ${becomes}`],
  ];
  const heading = path === group ? [] : [`### \`${path}\`\n`];
  const text = means === "" ? [] : [wrap(`${escapeMarkdown(means)}.`) + "\n"];
  return [...heading, ...text, formatList(facts)].join("\n");
}

/** Escapes what a document would read as its own. */
function escapeMarkdown(text: string): string {
  return text.replace(/[<>*_]/g, (sign) => `\\${sign}`);
}
