/** Switches with a value, as Go's flags have them: skopeo and podman users write `--tls-verify=false`. */

import { NixociError } from "../../base/errors.ts";

/** The parts of a flag's definition that say whether it is a switch. */
interface SwitchShape {
  readonly type: string;
  readonly allowNo?: boolean;
}

type Switches = Readonly<Record<string, SwitchShape>>;

/**
 * Spells switches as oclif knows them: `--tls-verify=false` becomes `--no-tls-verify`. So does
 * `--tls-verify false`, since nothing else can be meant: Go's flags would turn it on, and take
 * `false` for a place.
 * @throws NixociError `USAGE` for `--all=maybe`.
 */
export function spellBooleans(argv: readonly string[], flags: Switches): string[] {
  const end = argv.indexOf("--");
  const spelled: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    const value = end !== -1 && i > end ? undefined : readValue(argv, i, flags);
    if (value === undefined) spelled.push(word);
    else {
      spelled.push(...spellSwitch(value, flags));
      if (!word.includes("=")) i++;
    }
  }
  return spelled;
}

/** A switch and its value. */
interface SwitchValue {
  readonly name: string;
  readonly isOn: boolean;
}

function readValue(argv: readonly string[], i: number, flags: Switches): SwitchValue | undefined {
  const [, word = "", value] = /^--([\w-]+)(?:=(.*))?$/s.exec(argv[i]!) ?? [];
  const own = findSwitch(word, flags);
  const opposite = word.startsWith("no-") ? findSwitch(word.slice(3), flags) : undefined;
  const [name, flag] = own
    ? [word, own]
    : [word.slice(3), opposite?.allowNo ? opposite : undefined];
  if (flag === undefined) return undefined;
  const next = argv[i + 1] ?? "";
  const isNext = flag.allowNo && word === name && /^(?:true|false|[01])$/i.test(next);
  const said = value ?? (isNext ? next : undefined);
  return said === undefined ? undefined : { name, isOn: parseBool(said, word) === (word === name) };
}

function findSwitch(name: string, flags: Switches): SwitchShape | undefined {
  const flag = Object.hasOwn(flags, name) ? flags[name]! : undefined;
  return flag?.type === "boolean" ? flag : undefined;
}

/**
 * Parses a truth value as Go's flags do.
 * @see https://pkg.go.dev/strconv#ParseBool
 */
function parseBool(text: string, flag: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new NixociError("USAGE", `--${flag}=${text}: it is either on or off`, {
    hint: `write --${flag}=true or --${flag}=false`,
  });
}

function spellSwitch({ name, isOn }: SwitchValue, flags: Switches): string[] {
  if (isOn) return [`--${name}`];
  return flags[name]!.allowNo ? [`--no-${name}`] : [];
}
