/**
 * The flags that say how places are reached. Each transport has its own (transports/list.ts); here
 * they become flags of a verb: alone where it has one side, and also with `--src-` and `--dest-` in
 * front where it has two (the flag without prefix then means both).
 */
import { boolean, directory, file, string } from "@oclif/core/flags";
import type { Flag } from "@oclif/core/interfaces";
import { type TransportOptions, TRANSPORTS } from "../../../transports/list.ts";
import type { IntersectionOf } from "../../base/intersection.ts";
import type { OnNotice } from "../../base/notices.ts";
import type { ReadPolicy } from "../../image/transport.ts";
import type { AccessFlag, AccessFlags } from "../../../transports/lib/access.ts";
import { boundsAccess } from "../../../transports/lib/bounds.ts";

const ACCESSES = [
  ...new Set(Object.values(TRANSPORTS).flatMap((line) => "access" in line ? [line.access] : [])),
  boundsAccess,
];

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

/** The values of all transports' flags, by their names. */
type PlainValues = IntersectionOf<Parameters<(typeof ACCESSES)[number]["read"]>[0]>;

type NameOf<Value> = {
  [Name in keyof PlainValues]-?: NonNullable<PlainValues[Name]> extends Value ? Name : never;
}[keyof PlainValues];
type TextName = NameOf<string>;
type SwitchName = NameOf<boolean>;

/** The part of a flag's name that says which side it is for. */
type SidePrefix = "" | "src-" | "dest-";

/** The values of a verb's flags of this kind, by their names. */
export type SideValues =
  & { readonly [Name in keyof PlainValues as `${SidePrefix}${Name}`]?: PlainValues[Name] }
  & {
    /** Reads the policy that sources are held to, of a verb that takes images. */
    readonly readPolicy?: ReadPolicy | undefined;
  };

type SideFlag = Flag<boolean> | Flag<string | undefined>;
type SideFlags = Readonly<Record<string, SideFlag>>;

/** Makes the flags of a verb that reaches such places. */
export function defineSideFlags(reach: VerbReach = []): SideFlags {
  if (reach === "one place") return flagsOf(ALL);
  if (reach === "two places") {
    return { ...addHelpLabels(ALL), ...addPrefix("src-", ALL), ...addPrefix("dest-", ALL) };
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

/** Adds labels to the flags without prefix, whose help names those with one. */
function addHelpLabels(table: AccessFlags): SideFlags {
  const flags = Object.entries(flagsOf(table)).map(([name, flag]) => [
    name,
    table[name]?.isForBoth ? flag : { ...flag, helpLabel: `--[src-|dest-]${name}` },
  ]);
  return Object.fromEntries(flags);
}

/** Adds the prefix to the flags, for one of two sides; help shows them beside those without. */
function addPrefix(prefix: "src-" | "dest-", table: AccessFlags): SideFlags {
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
export function readSideOptions(
  values: SideValues,
  { signal, notice }: SideContext,
  prefix: SidePrefix = "",
): TransportOptions {
  const own = selectValues(values, prefix);
  const policy = prefix === "dest-" ? undefined : values.readPolicy;
  return ACCESSES.reduce<TransportOptions>(
    (options, { read }) => ({ ...options, ...read(own) }),
    { signal, onNotice: notice, ...policy && { policy } },
  );
}

/** Selects the values for one side. */
function selectValues(values: SideValues, prefix: SidePrefix): PlainValues {
  const given = new Set(
    Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [name]),
  );
  const answered = new Set(
    Object.entries(ALL).flatMap(([name, { answers }]) =>
      given.has(prefix + name) ? answers ?? [] : []
    ),
  );
  const texts: { -readonly [Name in TextName]?: string } = {};
  const switches: { -readonly [Name in SwitchName]?: boolean } = {};
  for (const [name, { answers = "" }] of Object.entries(ALL)) {
    const isOwn = given.has(prefix + name) || answered.has(answers);
    const side = isOwn ? prefix : "";
    if (isTextName(name)) texts[name] = values[`${side}${name}`];
    if (isSwitchName(name)) switches[name] = values[`${side}${name}`];
  }
  return { ...texts, ...switches };
}

function isTextName(name: string): name is TextName {
  return ALL[name] !== undefined && ALL[name].takes !== "nothing";
}

function isSwitchName(name: string): name is SwitchName {
  return ALL[name]?.takes === "nothing";
}

/**
 * Lists the flags that were given and that no place of these has a use for, with the schemes of those
 * that would: `--src-host`.
 */
export function listIdleFlags(
  values: SideValues,
  { source, destination }: { readonly source: string; readonly destination: string },
): { readonly flag: string; readonly schemes: readonly string[] }[] {
  const sides = { "": [source, destination], "src-": [source], "dest-": [destination] };
  const given: Readonly<Record<string, unknown>> = values;
  return Object.entries(sides).flatMap(([prefix, here]) =>
    Object.entries(ALL).flatMap(([name, { isForBoth }]) => {
      if (isForBoth || given[prefix + name] === undefined) return [];
      const schemes = listSchemesWith(name);
      const isIdle = !here.some((scheme) => schemes.includes(scheme));
      return isIdle ? [{ flag: `--${prefix}${name}`, schemes }] : [];
    })
  );
}

function listSchemesWith(name: string): string[] {
  return Object.entries(TRANSPORTS)
    .flatMap(([scheme, line]) => "access" in line && name in line.access.flags ? [scheme] : []);
}
