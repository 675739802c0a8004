/** Switches with a value, as Go's flags have them: skopeo and podman users write `--tls-verify=false`. */

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
  const [, name = "", value] = /^--([\w-]+)(?:=(true|false))?$/.exec(argv[i]!) ?? [];
  const flag = Object.hasOwn(flags, name) ? flags[name]! : undefined;
  if (flag?.type !== "boolean") return undefined;
  const next = argv[i + 1] ?? "";
  const said = value ?? (flag.allowNo && /^(true|false)$/.test(next) ? next : undefined);
  return said === undefined ? undefined : { name, isOn: said === "true" };
}

function spellSwitch({ name, isOn }: SwitchValue, flags: Switches): string[] {
  if (isOn) return [`--${name}`];
  return flags[name]!.allowNo ? [`--no-${name}`] : [];
}
