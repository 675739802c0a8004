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
    const [, name = "", attached] = /^--([\w-]+)(?:=(true|false))?$/.exec(word) ?? [];
    const flag = (end === -1 || i < end) && Object.hasOwn(flags, name) ? flags[name] : undefined;
    const next = flag?.allowNo ? /^(?:true|false)$/.exec(argv[i + 1] ?? "")?.[0] : undefined;
    const value = attached ?? next;
    if (flag?.type !== "boolean" || value === undefined) {
      spelled.push(word);
      continue;
    }
    if (value === "true") spelled.push(`--${name}`);
    else if (flag.allowNo) spelled.push(`--no-${name}`);
    if (attached === undefined) i++;
  }
  return spelled;
}
