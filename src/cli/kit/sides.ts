/**
 * The flags that say how places are reached. Each transport has its own (transports/list.ts); here
 * they become flags of a verb: alone where it has one side, and also with `--src-` and `--dest-` in
 * front where it has two (the flag without prefix then means both).
 */
import { boolean, directory, file, string } from "@oclif/core/flags";
import type { Flag } from "@oclif/core/interfaces";
import { type TransportOptions, TRANSPORTS } from "../../../transports/list.ts";
import type { OnNotice } from "../../base/notices.ts";
import type { AccessFlag, AccessFlags, FlagReader } from "../../../transports/lib/access.ts";

const ACCESSES = Object.values(TRANSPORTS)
  .flatMap((line) => "access" in line ? [line.access] : []);

const ALL: AccessFlags = Object.fromEntries(
  ACCESSES.flatMap(({ flags }) => Object.entries<AccessFlag>(flags)),
);

const { flags: OF_REGISTRIES } = TRANSPORTS.registry.access;

/**
 * The places that a verb reaches: those of registries only, one that may be anywhere, or two; or no
 * more of a registry's flags than these.
 */
export type VerbReach =
  | "registries"
  | "one place"
  | "two places"
  | readonly (keyof typeof OF_REGISTRIES)[];

/** The values of a verb's flags of this kind, by their names. */
export type SideValues = Readonly<Record<string, string | boolean | undefined>>;

type SideFlag = Flag<boolean> | Flag<string | undefined>;
type SideFlags = Readonly<Record<string, SideFlag>>;

/** Makes the flags of a verb that reaches such places. */
export function sideFlags(reach: VerbReach = []): SideFlags {
  if (reach === "one place") return flagsOf(ALL);
  if (reach === "two places") {
    return { ...labelFlags(ALL), ...prefixFlags("src-", ALL), ...prefixFlags("dest-", ALL) };
  }
  const flags = flagsOf(OF_REGISTRIES);
  if (reach === "registries") return flags;
  return Object.fromEntries(reach.map((name) => [name, flags[name]!]));
}

function flagsOf(table: AccessFlags): SideFlags {
  return Object.fromEntries(Object.entries(table).map(([name, flag]) => [name, flagOf(flag)]));
}

function flagOf(
  { summary, takes, value, canBeOff, aliases = [], isForBoth }: AccessFlag,
): SideFlag {
  const common = { summary, aliases: [...aliases], ...!isForBoth && { helpGroup: "ACCESS" } };
  if (takes === "nothing") return boolean<boolean>({ ...common, allowNo: canBeOff ?? false });
  const option = { ...common, helpValue: value ?? takes };
  return takes === "file" ? file(option) : takes === "folder" ? directory(option) : string(option);
}

/** The flags without prefix, whose help names those with one. */
function labelFlags(table: AccessFlags): SideFlags {
  const flags = Object.entries(flagsOf(table)).map(([name, flag]) => [
    name,
    table[name]?.isForBoth ? flag : { ...flag, helpLabel: `--[src-|dest-]${name}` },
  ]);
  return Object.fromEntries(flags);
}

/** The flags with the prefix, for one of two sides; help shows them beside those without. */
function prefixFlags(prefix: "src-" | "dest-", table: AccessFlags): SideFlags {
  const own = Object.entries(flagsOf(table)).filter(([name]) => !table[name]?.isForBoth);
  return Object.fromEntries(own.map(([name, flag]) => {
    const aliases = flag.aliases?.map((alias) => prefix + alias) ?? [];
    return [prefix + name, { ...flag, aliases, hidden: true }];
  }));
}

/** The options that every side gets, whatever its flags say. */
export interface SideContext {
  readonly signal: AbortSignal;
  readonly notice: OnNotice;
}

/**
 * Reads a side's options from the flags: its own where given, else those for both. Of flags that
 * answer one question (who asks?), a side that has one of its own takes none from those for both.
 */
export function sideOptions(
  values: SideValues,
  { signal, notice }: SideContext,
  prefix: "" | "src-" | "dest-" = "",
): TransportOptions {
  return ACCESSES.reduce<TransportOptions>(
    (options, { flags, read }) => ({ ...options, ...read(readerOf(flags, values, prefix)) }),
    { signal, onNotice: notice },
  );
}

function readerOf(table: AccessFlags, values: SideValues, prefix: string): FlagReader {
  const answered = new Set(
    Object.entries(table).filter(([name]) => values[prefix + name] !== undefined)
      .flatMap(([, { answers }]) => answers ?? []),
  );
  const valueOf = (name: string) => {
    const own = values[prefix + name];
    return answered.has(table[name]?.answers ?? "") ? own : own ?? values[name];
  };
  return {
    text(name) {
      const value = valueOf(name);
      return typeof value === "string" ? value : undefined;
    },
    isOn(name) {
      const value = valueOf(name);
      return typeof value === "boolean" ? value : undefined;
    },
  };
}
