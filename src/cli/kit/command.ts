/** The verbs of the command line: declares one, and runs it: parse, do, print. */
import { boolean } from "@oclif/core/flags";
import type { FlagInput, OutputFlags } from "@oclif/core/interfaces";
import { parse } from "@oclif/core/parser";
import { NixociError, sideOf, wrapError } from "../../base/errors.ts";
import type { WordArg } from "./args.ts";
import { spellBooleans } from "./booleans.ts";
import { DASHES, GLOBAL } from "./global.ts";
import { createIo, type Io, type OutputOwner } from "./io.ts";
import { deferPolicy, policyFlags, type PolicyValues } from "./policy-flag.ts";
import { defineSideFlags, type SideValues, type VerbReach } from "./sides.ts";

/** Flags of every verb, in oclif's terms. */
export const globalFlags = {
  quiet: boolean({ ...GLOBAL.quiet, helpGroup: "GLOBAL" }),
  json: boolean({ ...GLOBAL.json, helpGroup: "GLOBAL" }),
  debug: boolean({ ...GLOBAL.debug, helpGroup: "GLOBAL" }),
};

// Of any words.
type WordValues = OutputFlags<FlagInput>;

/** A verb of any words. */
export type AnyVerb = Verb<WordValues, WordValues>;

/** The values of flags, as their definitions have it. */
export type FlagValues<Flags> = Flags extends FlagInput<infer Values> ? Values : never;

/** The values of {@link globalFlags}. */
export type GlobalFlags = Partial<FlagValues<typeof globalFlags>>;

/** A flag as it was given; the value of one that takes none is its own name. */
export interface GivenFlag {
  readonly flag: string;
  readonly input: string;
}

/** A verb: its words, in oclif's terms, and what it does. */
export interface Verb<Args extends WordValues, Flags extends WordValues> {
  readonly summary: string;
  readonly description?: string;
  readonly examples?: readonly string[];
  readonly args: { readonly [K in keyof Args]: WordArg<Args[K]> };
  readonly flags: FlagInput<Flags>;
  /** Says that words behind `--` are a command, and none of the arguments. */
  readonly takesCommand?: boolean;
  /** The places that it reaches; the flags that say how are the transports'. */
  readonly reaches?: VerbReach;
  /**
   * It takes images, or parts of them, out of the places that it reads, so that these are held to
   * policy.json; others only look, or change what is there.
   */
  readonly takesImages?: boolean;
  /** Says what it does, to what, for the message when it cannot: `copy a to b`. */
  doing?(args: Args): string;
  /**
   * @param given the flags with their values, in the order in which they were given.
   * @param command the words behind `--`, where the verb takes a command and `--` is there.
   * @returns the exit status, where a result is also a status: `diff` that finds a difference, the
   * command's own.
   */
  run(
    args: Args,
    flags: Flags & GlobalFlags,
    io: Io,
    given: readonly GivenFlag[],
    command?: readonly string[],
  ): Promise<void | number>;
}

/** Declares a verb: the values of its words have the types that their definitions say. */
export function defineVerb<Args extends WordValues, Flags extends WordValues>(
  shape: Verb<Args, Flags>,
): Verb<Args, Flags> {
  return shape;
}

/** Returns all flags of a verb: its own, the transports', the global ones. */
export function flagsOf<Flags extends WordValues>(
  { flags, reaches, takesImages }: Verb<WordValues, Flags>,
) {
  const sides = { ...takesImages && policyFlags, ...defineSideFlags(reaches) };
  const own = { ...flags };
  // A word that is also a transport's (--store) is shown where those are.
  for (const name of Object.keys(sides)) Reflect.deleteProperty(own, name);
  return { ...own, ...sides, ...globalFlags };
}

/**
 * Runs a verb on its words.
 * @throws NixociError `USAGE` for words that are not the verb's, and whatever the verb throws.
 */
export async function runVerb<Args extends WordValues, Flags extends WordValues>(
  name: string,
  verb: Verb<Args, Flags>,
  argv: readonly string[],
  output: OutputOwner,
): Promise<void | number> {
  const known = flagsOf(verb);
  const broken = argv.find((word) => word.includes("\0"));
  if (broken !== undefined) {
    throw new NixociError("USAGE", `${JSON.stringify(broken)} has a NUL character in it`);
  }
  const dashes = verb.takesCommand ? argv.indexOf(DASHES) : -1;
  const command = dashes === -1 ? undefined : argv.slice(dashes + 1);
  const words = spellBooleans(argv.slice(0, dashes === -1 ? undefined : dashes), known);
  const input = { args: verb.args, flags: known };
  const { args, flags, raw } = await parse<Flags, GlobalFlags & PolicyValues & SideValues, Args>(
    words,
    input,
  )
    .catch(async (error) => {
      const { toUsageError } = await import("./usage.ts");
      throw toUsageError(error, { id: name, ...input }, words);
    });
  refuseEmpty(flags, known);
  const readPolicy = verb.takesImages ? deferPolicy(flags.policy) : undefined;
  const io = createIo(flags, { ...flags, readPolicy }, output);
  try {
    const given = raw.filter((token) => token.type === "flag");
    return await verb.run(args, flags, io, given, command);
  } catch (error) {
    // Wrong words are clear by themselves, and so is what already says what could not be done.
    const isBare = error instanceof NixociError && error.code !== "USAGE" &&
      !error.message.startsWith("Cannot ");
    if (!isBare || verb.doing === undefined) throw error;
    const side = verb.reaches === "two places" ? describeSide(error, Object.values(args)) : "";
    throw wrapError(error, `Cannot ${verb.doing(args)}${side}`);
  }
}

// What these words stand for has a name.
const NAMED = ["file", "folder", "path", "/nix/store/…", "name", "glob"];

/** Refuses flags that name nothing: a variable in somebody's script is empty. */
function refuseEmpty(values: Readonly<Record<string, unknown>>, known: FlagInput): void {
  for (const [name, value] of Object.entries(values)) {
    const { helpValue } = known[name] as { readonly helpValue?: unknown };
    if (!NAMED.includes(String(helpValue)) || ![value].flat().includes("")) continue;
    throw new NixociError("USAGE", `--${name}: its value is empty`, {
      hint: `give it a ${helpValue}, or leave it out`,
    });
  }
}

// What says by itself whether something was read or stored.
const SHOWS_SIDE = /\bCannot (?:read|write|push|load)\b|\b(?:source|destination)\b/;

/** Says which of two places has failed, where the message does not show it, or name one of them. */
function describeSide(error: NixociError, words: readonly unknown[]): string {
  const side = sideOf(error);
  const paths = words.flatMap((word) => /^[^:]+:([^:@]+)/.exec(String(word))?.[1] ?? []);
  const said = error.message.split(/[\s"':;,@]+/);
  const isShown = SHOWS_SIDE.test(error.message) ||
    paths.some((path) => said.some((word) => word === path || word.startsWith(`${path}/`)));
  return side === undefined || isShown ? "" : `: at the ${side}`;
}
