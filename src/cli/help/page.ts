/** Makes the pages of the help from what the verbs say of themselves: plain data, for the bundle to have ready. */
import type { FlagInput } from "@oclif/core/interfaces";
import { listSchemes } from "../../../transports/list.ts";
import { flagsOf } from "../kit/command.ts";
import { formatArg, formatUsage } from "../kit/usage.ts";
import { GROUPS, type LoadedVerb, loadVerbs, type VerbGroup } from "../verbs.ts";

/** A page of the help: of a verb, of a group of verbs, or of all. */
export interface HelpPage {
  readonly summary: string;
  readonly sections: readonly HelpSection[];
}

/** A section: commands to be typed, running text, or a list of terms and what they mean. */
export type HelpSection =
  & { readonly title: string }
  & (
    | { readonly lines: readonly string[] }
    | { readonly text: string }
    | { readonly list: readonly HelpItem[] }
  );

/** A term, and what it means; behind a line break, the words that a flag may have. */
export type HelpItem = readonly [term: string, meaning: string];

type Flag = FlagInput[string];

/** Makes the page of a verb or group, or of all where the name is empty. */
export async function createHelpPage(name: string): Promise<HelpPage> {
  const verbs = await loadVerbs(name === "" ? undefined : name);
  if (name === "") return describeAll(verbs);
  const group = GROUPS[name];
  return group === undefined ? describeVerb(verbs[0]!) : describeGroup(name, group, verbs);
}

/** Makes every page, by its name. */
export async function createHelpPages(): Promise<Readonly<Record<string, HelpPage>>> {
  const verbs = await loadVerbs();
  const names = ["", ...Object.keys(GROUPS), ...verbs.map(({ name }) => name)];
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await createHelpPage(name)])),
  );
}

function describeAll(verbs: readonly LoadedVerb[]): HelpPage {
  const single = verbs.filter(({ name }) => !name.includes(" "));
  const groups = Object.entries(GROUPS).map(([name, { summary }]) => [name, summary] as const);
  return {
    summary: "",
    sections: [
      { title: "USAGE", lines: ["nixoci [COMMAND]"] },
      { title: "TOPICS", list: groups },
      { title: "COMMANDS", list: listVerbs(single) },
      { title: "PLACES", list: listPlaces() },
    ],
  };
}

/** Says, too, what a group does where none of its verbs is named: `base [SPEC] DESTINATION`. */
function describeGroup(
  name: string,
  { summary, usual }: VerbGroup,
  verbs: readonly LoadedVerb[],
): HelpPage {
  const usualVerb = verbs.find((one) => one.name === `${name} ${usual}`);
  const lines = usualVerb ? [formatUsage({ id: name, args: usualVerb.verb.args })] : [];
  return {
    summary,
    sections: [
      { title: "USAGE", lines: [...lines, `nixoci ${name} COMMAND`] },
      { title: "COMMANDS", list: listVerbs(verbs) },
    ],
  };
}

function describeVerb({ name, verb }: LoadedVerb): HelpPage {
  const { summary, description, examples = [], args } = verb;
  const flags = Object.entries(flagsOf(verb)).filter(([, { hidden }]) => !hidden);
  const groups = Map.groupBy(flags, ([, { helpGroup = "" }]) => helpGroup);
  const inOrder = [...groups].sort(([a], [b]) => Number(b === "") - Number(a === ""));
  const words = Object.entries(args).map(([name, arg]) => {
    const options = arg.options ? `(${arg.options.join("|")}) ` : "";
    return [formatArg(name, arg), `${options}${arg.description}`] as const;
  });
  const sections: HelpSection[] = [
    { title: "USAGE", lines: [formatUsage({ id: name, args })] },
    { title: "ARGUMENTS", list: words },
    ...inOrder.map(([group, flags]) => ({
      title: `${group.toUpperCase()} FLAGS`.trim(),
      list: listFlags(flags),
    })),
    { title: "DESCRIPTION", text: description ?? "" },
    { title: "PLACES", list: args["source"] === undefined ? [] : listPlaces() },
    { title: "EXAMPLES", lines: examples },
  ];
  return { summary, sections: sections.filter((section) => !isEmpty(section)) };
}

function isEmpty(section: HelpSection): boolean {
  if ("text" in section) return section.text === "";
  return ("list" in section ? section.list : section.lines).length === 0;
}

const listVerbs = (verbs: readonly LoadedVerb[]): HelpItem[] =>
  verbs.map(({ name, verb }) => [name, verb.summary]);

/** Lists the places that a reference can name, each with the form and its aliases. */
function listPlaces(): HelpItem[] {
  return listSchemes().map(({ form, place, aliases }) => [
    form,
    place + aliases.map((alias) => `; also ${alias}:`).join(""),
  ]);
}

function listFlags(flags: readonly (readonly [name: string, flag: Flag])[]): HelpItem[] {
  const isShort = flags.some(([, { char }]) => char !== undefined);
  return flags.map(([name, flag]) => {
    const short = flag.char ? `-${flag.char}, ` : isShort ? "    " : "";
    return [short + formatFlag(name, flag), explainFlag(flag)];
  });
}

function formatFlag(name: string, flag: Flag): string {
  const no = flag.type === "boolean" && flag.allowNo ? "[no-]" : "";
  const label = flag.helpLabel ?? `--${no}${name}`;
  if (flag.type !== "option") return label;
  const value = flag.helpValue ?? (flag.options ? "<option>" : "<value>");
  return `${label}=${value}${flag.multiple ? "..." : ""}`;
}

function explainFlag(flag: Flag): string {
  if (flag.type !== "option") return flag.summary ?? "";
  const usual = flag.default ? `[default: ${flag.default}] ` : "";
  const isList = flag.options !== undefined && flag.helpValue === undefined;
  const options = isList ? `\n<options: ${flag.options!.join(", ")}>` : "";
  return `${flag.required ? "(required) " : ""}${usual}${flag.summary}${options}`;
}
