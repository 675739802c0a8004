/** `nix.conf`, as NixOS's module makes it of its options. */
import { usageError } from "../usage-error.ts";
import type { NixConfOptions, SettingValue } from "./options.ts";

const SETTING = "write lines of the form name = value";

const CACHE = "https://cache.nixos.org/";
const CACHE_KEY = "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";

/**
 * Formats `nix.conf`. Options have NixOS's defaults, but for the sandbox, which needs more than a
 * container may do, and `max-jobs`, which is the number of processors.
 * @param group of the users who build; empty where the one who runs Nix builds.
 * @throws NixociError `USAGE` for text that is not a setting.
 */
export function formatNixConf(options: NixConfOptions, group: string): string {
  const { extraOptions, checkConfig, settings } = options;
  if (checkConfig ?? true) checkExtra(extraOptions ?? "");
  const lines = new Map<string, SettingValue | null>([
    ["build-users-group", group],
    ...listSettings(options),
    ...Object.entries(settings ?? {}),
  ]);
  const own = [...lines].filter(([, value]) => value !== null)
    .map(([name, value]) => `${checkName(name)} = ${formatValue(name, value!)}`.trimEnd());
  const extra = (extraOptions ?? "").split("\n").map((line) => line.trimEnd());
  return [...own, ...extra].filter((line) => line !== "").map((line) => `${line}\n`).join("");
}

function listSettings(options: NixConfOptions): [string, SettingValue][] {
  const lists: [string, readonly string[] | null | undefined, readonly string[]][] = [
    ["extra-sandbox-paths", options.sandboxPaths, []],
    ["substituters", options.binaryCaches, [CACHE]],
    ["trusted-substituters", options.trustedBinaryCaches, []],
    ["trusted-public-keys", [CACHE_KEY, ...options.binaryCachePublicKeys ?? []], []],
    ["trusted-users", options.trustedUsers, ["root"]],
    ["allowed-users", options.allowedUsers, ["*"]],
  ];
  return [
    ["max-jobs", options.maxJobs ?? "auto"],
    ["cores", options.buildCores ?? 0],
    ["sandbox", options.useSandbox ?? false],
    ...lists.map(([name, value, usual]): [string, readonly string[]] => [name, value ?? usual])
      .filter(([name, { length }]) => length > 0 || name === "substituters"),
    ["auto-optimise-store", options.autoOptimiseStore ?? false],
    ["require-sigs", options.requireSignedBinaryCaches ?? true],
    ...options.distributedBuilds ? [] : [["builders", ""] as [string, string]],
  ];
}

function formatValue(name: string, value: SettingValue): string {
  const text = Array.isArray(value) ? value.join(" ") : String(value);
  if (!/[\n\r]/.test(text)) return text;
  throw usageError(`nix.settings.${name}: it has more than one line`, SETTING);
}

function checkName(name: string): string {
  if (/^[a-z][a-z0-9-]*$/.test(name)) return name;
  throw usageError(
    `nix.settings: ${JSON.stringify(name)} cannot be the name of a setting`,
    SETTING,
  );
}

/** Proves that each line is a setting, an inclusion or a comment: Nix would start no more. */
function checkExtra(text: string): void {
  text.split("\n").forEach((line, i) => {
    if (/^\s*(#.*|[a-z][a-z0-9-]*\s*=.*|!?include\s+\S+\s*)?$/.test(line)) return;
    throw usageError(`nix.extraOptions: line ${i + 1} is not a setting`, SETTING);
  });
}
