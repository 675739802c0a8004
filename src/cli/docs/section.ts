/** The part of a page that is about one verb. */
import type { FlagInput } from "@oclif/core/interfaces";
import { flagsOf } from "../kit/command.ts";
import { formatArg } from "../kit/usage.ts";
import type { LoadedVerb } from "../verbs.ts";
import { formatFence, formatList, wrap } from "./markdown.ts";

type NamedFlag = readonly [name: string, flag: FlagInput[string]];

/** Writes all of it below its heading: usage, description, words, flags, examples. */
export function formatVerbSection({ name, verb }: LoadedVerb): string {
  const { summary, description, args, examples = [] } = verb;
  const words = Object.entries(args).map(([name, arg]) => formatArg(name, arg));
  const places = Object.entries(args).map(([name, { description }]) =>
    `\`${name.toUpperCase()}\`: ${description}`
  );
  const own = Object.entries(flagsOf(verb))
    .filter(([, { helpGroup, hidden }]) => helpGroup !== "GLOBAL" && !hidden);
  const access = own.filter(isAccess);
  const rest = own.filter((flag) => !isAccess(flag));
  return [
    wrap(`${summary}.`) + "\n",
    formatFence(["nixoci", name, ...words].join(" ")),
    ...(description ? [wrap(description) + "\n"] : []),
    ...(places.length > 0 ? [formatList(places)] : []),
    ...(rest.length > 0 ? ["Flags:\n", formatFlagList(rest)] : []),
    ...(access.length > 0 ? [formatAccessIntro(access), formatFlagList(access)] : []),
    ...(examples.length > 0 ? ["Examples:\n", formatFence(examples.join("\n"))] : []),
  ].join("\n");
}

function formatAccessIntro(flags: readonly NamedFlag[]): string {
  if (!flags.some(([, { helpLabel }]) => helpLabel !== undefined)) return "Access:\n";
  const text =
    "Access. Each may be given for one side, with `--src-` or `--dest-` in front of its " +
    "name:";
  return wrap(text) + "\n";
}

function isAccess([, { helpGroup }]: NamedFlag): boolean {
  return helpGroup === "ACCESS";
}

/** Writes a list of flags. */
export function formatFlagList(flags: readonly NamedFlag[]): string {
  return formatList(flags.map(([name, flag]) => {
    const value = flag.type === "option" ? `=${valueOf(flag)}` : "";
    const short = flag.char === undefined ? "" : `\`-${flag.char}\`, `;
    const again = flag.type === "option" && flag.multiple ? " (repeatable)" : "";
    const usual = flag.type === "option" && flag.default ? ` (default: ${flag.default})` : "";
    return `${short}\`--${name}${value}\`${again}: ${flag.summary}${usual}`;
  }));
}

function valueOf(flag: FlagInput[string] & { type: "option" }): string {
  return flag.options?.join("|") ?? String(flag.helpValue ?? "value");
}
