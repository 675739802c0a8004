/** The command line as data: what there is to complete. */
import type { FlagInput } from "@oclif/core/interfaces";
import { listSchemes } from "../../../transports/list.ts";
import { flagsOf } from "../kit/command.ts";
import { GROUPS, type LoadedVerb, loadVerbs } from "../verbs.ts";

/** The kind of value that a flag takes: nothing, one of some words, a path, or anything. */
export type Taken =
  | { readonly kind: "nothing" | "file" | "folder" | "anything" }
  | { readonly kind: "one of"; readonly words: readonly string[] };

export interface FlagWords {
  /** With its dashes: `--jobs`. */
  readonly name: string;
  /** With its dash: `-j`. */
  readonly short?: string | undefined;
  readonly summary: string;
  readonly takes: Taken;
  /** May be given again. */
  readonly repeats: boolean;
}

/** The kind of word that an argument is. */
export type ArgTaken = Taken | { readonly kind: "reference" };

export interface CommandWords {
  /** `copy`; of a group's verb both words: `lock add`. */
  readonly name: string;
  readonly summary: string;
  readonly args: readonly { readonly name: string; readonly takes: ArgTaken }[];
  readonly flags: readonly FlagWords[];
}

/** The transports' schemes, as they stand before a location: `oci-dir:`. */
export const SCHEME_WORDS: readonly string[] = listSchemes().map(({ scheme }) => `${scheme}:`);

/** A group of verbs, and what may follow its word. */
export interface GroupWords {
  readonly name: string;
  readonly summary: string;
  /** Their names without the group's. */
  readonly verbs: readonly CommandWords[];
  /** The one that is meant where none is named. */
  readonly usual?: CommandWords | undefined;
}

/** Gathers the groups that the verbs are in. */
export function groupsOf(commands: readonly CommandWords[]): GroupWords[] {
  return Object.entries(GROUPS).map(([name, { summary, usual }]) => ({
    name,
    summary,
    usual: usual === undefined
      ? undefined
      : commands.find((verb) => verb.name === `${name} ${usual}`),
    verbs: commands.filter((verb) => verb.name.startsWith(`${name} `))
      .map((verb) => ({ ...verb, name: verb.name.slice(name.length + 1) })),
  }));
}

/** Lists what may come first: the verbs that are in no group, and the groups. */
export function listFirstWords(
  commands: readonly CommandWords[],
): { readonly name: string; readonly summary: string }[] {
  return [...commands.filter(({ name }) => !name.includes(" ")), ...groupsOf(commands)]
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Describes all verbs, with their flags. */
export async function listCommandWords(): Promise<CommandWords[]> {
  return (await loadVerbs()).map(describeVerb);
}

function describeVerb({ name, verb }: LoadedVerb): CommandWords {
  return {
    name,
    summary: verb.summary,
    args: Object.entries(verb.args).map(([name, { options, takes }]) => ({
      name,
      takes: options ? { kind: "one of", words: options } : {
        kind: takes === undefined || takes === "command" ? "anything" : takes,
      },
    })),
    flags: [...Object.entries(flagsOf(verb)).map(describeFlag), {
      name: "--help",
      short: "-h",
      summary: "Show help",
      takes: { kind: "nothing" as const },
      repeats: false,
    }],
  };
}

function describeFlag([name, flag]: [string, FlagInput[string]]): FlagWords {
  return {
    name: `--${name}`,
    short: flag.char && `-${flag.char}`,
    summary: flag.summary ?? "",
    takes: valueOf(flag),
    repeats: flag.type === "option" && flag.multiple === true,
  };
}

function valueOf(flag: FlagInput[string]): Taken {
  if (flag.type === "boolean") return { kind: "nothing" };
  if (flag.options) return { kind: "one of", words: flag.options };
  const { helpValue } = flag;
  return { kind: helpValue === "file" || helpValue === "folder" ? helpValue : "anything" };
}
