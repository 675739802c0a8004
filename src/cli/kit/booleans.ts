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
    const [, name = "", attached] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const isOff = findSwitch(name, flags) === undefined && name.startsWith("no-");
    const own = isOff ? name.slice(3) : name;
    const flag = end === -1 || i < end ? findSwitch(own, flags) : undefined;
    const next = flag?.allowNo && !isOff ? SPACED.exec(argv[i + 1] ?? "")?.[0] : undefined;
    const value = attached ?? next;
    if (flag === undefined || isOff && !flag.allowNo || value === undefined) {
      spelled.push(word);
      continue;
    }
    if (parseBool(value, name) !== isOff) spelled.push(`--${own}`);
    else if (flag.allowNo) spelled.push(`--no-${own}`);
    if (attached === undefined) i++;
  }
  return spelled;
}

// A value in a word of its own, which could be no place: `t` and `f` could.
const SPACED = /^(?:true|false|TRUE|FALSE|True|False|[01])$/;

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
