/** The help, which oclif writes from what the verbs say of themselves. Running a verb needs none of it. */
import type { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";
import { CommandHelp, Help } from "@oclif/core/help";
import type { PJSON, Topic } from "@oclif/core/interfaces";
import { settings } from "@oclif/core/settings";
import { fileURLToPath } from "node:url";
import { listSchemes } from "../../transports/list.ts";
import { flagsOf } from "./kit/command.ts";
import { formatUsage } from "./kit/usage.ts";
import { GROUPS, type LoadedVerb, loadVerbs } from "./verbs.ts";

/** The package, as the launcher knows it. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** Prints the help of a verb, of a group of verbs, or of all when none is named. */
export async function printHelp(path: readonly string[], info: PackageInfo): Promise<void> {
  const name = path.length === 0 ? undefined : path.join(" ");
  const [config, verbs] = await Promise.all([loadConfig(info), loadVerbs(name)]);
  const help = new VerbHelp(config, verbs.map(describeVerb));
  if (name === undefined) return await help.showRoot();
  const group = GROUPS[name];
  if (group !== undefined) return await help.showGroup({ name, description: group.summary });
  await help.showCommandHelp(describeVerb(verbs[0]!));
}

/** Writes the places that a reference can name, each with the form and its aliases. */
function listPlaces(): [form: string, place: string][] {
  return listSchemes().map(({ form, place, aliases }) => [
    form,
    place + aliases.map((alias) => `; also ${alias}:`).join(""),
  ]);
}

/** oclif's help of a verb, which also says how references are written where the verb takes some. */
class ReferenceHelp extends CommandHelp {
  protected override sections() {
    const sections = super.sections();
    const at = sections.findIndex(({ header }) => header === "EXAMPLES");
    if (this.command.args["source"] === undefined) return sections;
    const places = { header: "PLACES", generate: writePlaces };
    return sections.toSpliced(at === -1 ? sections.length : at, 0, places);
  }

  /** Lets lines break between the words that a flag may have; oclif breaks within them. */
  protected override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    return super.flags(flags)?.map(([left, right]) => [
      left,
      right?.replace(/<options: (.*)>/, (_, words) => `<options: ${words.replaceAll("|", ", ")}>`),
    ]);
  }

  protected override args(args: Command.Arg.Any[]): [string, string | undefined][] | undefined {
    return super.args(args.map((arg) => "isNeeded" in arg ? { ...arg, required: true } : arg));
  }

  /**
   * Keeps the indent of the first flag, which oclif trims where it has no short form; and the width of
   * the terminal in a list of paragraphs, which oclif makes two columns too wide.
   */
  override renderList(...[input, options]: Parameters<CommandHelp["renderList"]>): string {
    const [[first = ""] = []] = input;
    const list = super.renderList(input, options);
    if (!list.includes("\n\n")) return /^ */.exec(first)![0] + list;
    return super.renderList(input, {
      ...options,
      multiline: true,
      indentation: options.indentation + 2,
    });
  }
}

function writePlaces() {
  return { header: "PLACES", body: listPlaces() };
}

/** oclif's help of the verbs given; by itself it would look for them, and load all. */
class VerbHelp extends Help {
  protected override CommandHelpClass = ReferenceHelp;
  readonly #verbs: Command.Loadable[];

  constructor(config: Config, verbs: Command.Loadable[]) {
    super(config, {
      docopts: false,
      flagSortOrder: "none",
      hideCommandSummaryInDescription: true,
    });
    this.#verbs = verbs;
  }

  protected override get sortedCommands(): Command.Loadable[] {
    return this.#verbs;
  }

  protected override get sortedTopics(): Topic[] {
    return Object.entries(GROUPS).map(([name, { summary }]) => ({ name, description: summary }));
  }

  /** Shows, too, what a group does where none of its verbs is named: `base [SPEC] DESTINATION`. */
  protected override formatTopic(topic: Topic): string {
    const help = super.formatTopic(topic);
    const usual = GROUPS[topic.name]?.usual;
    const verb = this.#verbs.find(({ id }) => id === `${topic.name}:${usual}`);
    if (verb === undefined) return help;
    const words = String(verb.usage).replace(` ${usual} `, " ");
    return help.replace(
      /^( *\$ nixoci) .* COMMAND$/m,
      (line, start) => `${start} ${words}\n${line}`,
    );
  }

  async showRoot(): Promise<void> {
    await this.showRootHelp();
    const places = this.renderList(listPlaces(), {
      indentation: 2,
      stripAnsi: this.opts.stripAnsi,
    });
    this.log(this.section("PLACES", places));
  }

  async showGroup(group: Topic): Promise<void> {
    await this.showTopicHelp(group);
  }
}

/** Describes a verb in oclif's terms. */
function describeVerb({ name, verb }: LoadedVerb): Command.Loadable {
  const { summary, description, examples, args } = verb;
  return {
    id: name.replaceAll(" ", ":"),
    summary,
    description,
    examples: examples && [...examples],
    // As oclif would write it, but for words that may be given again, or always are.
    usage: formatUsage({ id: name, args }).replace(/^nixoci /, ""),
    args: nameEach(args),
    flags: nameEach(flagsOf(verb)),
    aliases: [],
    hiddenAliases: [],
    hidden: false,
    load: () => Promise.reject(new Error("help loads no command")),
  };
}

function nameEach<T extends object>(
  entries: Readonly<Record<string, T>>,
): Record<string, T & { readonly name: string }> {
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, { ...entry, name }]),
  );
}

async function loadConfig(info: PackageInfo): Promise<Config> {
  // Or oclif looks for a TypeScript compiler and a tsconfig.json when it meets `.ts`.
  settings.enableAutoTranspile = false;
  const pjson: PJSON = {
    ...info,
    type: "module",
    oclif: {
      bin: "nixoci",
      dirname: "nixoci",
      topicSeparator: " ",
    },
  };
  return await Config.load({
    root: fileURLToPath(new URL(".", import.meta.url)),
    isRoot: true,
    pjson,
    ignoreManifest: true,
    userPlugins: false,
    devPlugins: false,
  });
}
