/**
 * Parses, formats and matches platforms, as containerd does it, because that decides what runs.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 * @see https://pkg.go.dev/github.com/containerd/platforms
 */
import { arch, platform as hostOs } from "node:process";
import { NixociError } from "../base/errors.ts";

/** The operating system and processor that an image runs on, as an index entry has them. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly "os.version"?: string | undefined;
  readonly "os.features"?: readonly string[] | undefined;
}

// Maps, since images name platforms: `constructor` is in every object.
const ARCHITECTURES = new Map<string, Pick<Platform, "architecture" | "variant">>(Object.entries({
  x86_64: { architecture: "amd64" },
  "x86-64": { architecture: "amd64" },
  x64: { architecture: "amd64" },
  i386: { architecture: "386" },
  i486: { architecture: "386" },
  i586: { architecture: "386" },
  i686: { architecture: "386" },
  ia32: { architecture: "386" },
  aarch64: { architecture: "arm64" },
  armhf: { architecture: "arm", variant: "v7" },
  armel: { architecture: "arm", variant: "v6" },
  armv5tel: { architecture: "arm", variant: "v5" }, // Nix's names, from here on
  armv6l: { architecture: "arm", variant: "v6" },
  armv7a: { architecture: "arm", variant: "v7" },
  armv7l: { architecture: "arm", variant: "v7" },
  powerpc64le: { architecture: "ppc64le" },
  loongarch64: { architecture: "loong64" },
  mips64el: { architecture: "mips64le" },
  mipsel: { architecture: "mipsle" },
  ppc64el: { architecture: "ppc64le" },
  ppc64: { architecture: "ppc64le" }, // Node's name for what is little-endian on every Linux it runs on
}));

const SYSTEMS = new Map([["macos", "darwin"], ["win32", "windows"]]);

const KNOWN_SYSTEMS = new Set(
  "aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows"
    .split(" "),
);

/**
 * Parses `os[(version)][/architecture[/variant]]`, or an architecture alone; the rest is the host's.
 * Names from `uname` and Nix are understood (`x86_64`, `aarch64`, `aarch64-linux`).
 * @throws NixociError `USAGE` for text that names no platform.
 * @example
 * ```ts
 * import { parsePlatform } from "nixoci";
 * console.log(parsePlatform("linux/arm/v7").variant); // v7
 * ```
 */
export function parsePlatform(text: string): Platform {
  const match = /^([\w-]+)(?:\(([\w.-]+)\))?(?:\/([\w-]+))?(?:\/([\w.-]+))?$/.exec(text);
  if (!match) throw createPlatformError(text);
  const [, first = "", version, architecture, variant] = match;
  const os = normalizeSystem(first);
  const base = architecture !== undefined
    ? { os, architecture, variant }
    : KNOWN_SYSTEMS.has(os)
    ? { ...findHostPlatform(), os }
    : { os: "linux", architecture: architectureOf(first), variant: undefined };
  if (architecture === undefined && !KNOWN_SYSTEMS.has(os) && !isArchitecture(base.architecture)) {
    throw createPlatformError(text);
  }
  return normalizePlatform(version === undefined ? base : { ...base, "os.version": version });
}

function createPlatformError(text: string): NixociError {
  return new NixociError("USAGE", `${JSON.stringify(text)} is not a platform`, {
    hint: "write it as os/architecture[/variant], such as linux/amd64 or linux/arm/v7",
  });
}

/** Returns the architecture in the name of a system of Nix, `aarch64-linux`; other text is one. */
function architectureOf(system: string): string {
  return system.replace(/-linux$/i, "");
}

function isArchitecture(text: string): boolean {
  return ARCHITECTURES.has(text) ||
    /^(amd64|386|arm|arm64|ppc64le|s390x|riscv64|mips\w*|loong64|wasm)$/.test(text);
}

/** Returns the platform in the specification's names (Go's), without variants that are implied. */
export function normalizePlatform(platform: Platform): Platform {
  const lower = platform.architecture.toLowerCase();
  const known = ARCHITECTURES.get(lower);
  const architecture = known?.architecture ?? lower;
  const variant = normalizeVariant(architecture, platform.variant?.toLowerCase() ?? known?.variant);
  const { variant: _dropped, ...rest } = platform;
  return {
    ...rest,
    os: normalizeSystem(platform.os),
    architecture,
    ...(variant === undefined ? {} : { variant }),
  };
}

/**
 * Translates an architecture that bears another name than Go's, such as Nix's `aarch64` and `armv7l`;
 * any other stays as it is.
 */
export function translateArchitecture(name: string): Pick<Platform, "architecture" | "variant"> {
  const architecture = architectureOf(name);
  return ARCHITECTURES.get(architecture.toLowerCase()) ?? { architecture };
}

function normalizeSystem(os: string): string {
  const lower = os.toLowerCase();
  return SYSTEMS.get(lower) ?? lower;
}

function normalizeVariant(architecture: string, variant: string | undefined): string | undefined {
  const named = variant !== undefined && /^\d+$/.test(variant) ? `v${variant}` : variant;
  if (architecture === "amd64" && named === "v1") return undefined;
  if (architecture === "arm64" && named === "v8") return undefined;
  if (architecture === "arm" && (named === undefined || named === "")) return "v7";
  return named === "" ? undefined : named;
}

/**
 * Returns the platform whose images this machine runs: Linux, also on macOS, whose engines run Linux.
 * @example
 * ```ts
 * import { formatPlatform, findHostPlatform } from "nixoci";
 * console.log(formatPlatform(findHostPlatform()).split("/")[0]); // linux
 * ```
 */
export function findHostPlatform(): Platform {
  const os = hostOs === "win32" ? "windows" : "linux";
  return normalizePlatform({ os, architecture: arch });
}

/**
 * Writes a platform as `os/architecture[/variant]`.
 * @example
 * ```ts
 * import { formatPlatform } from "nixoci";
 * console.log(formatPlatform({ os: "linux", architecture: "arm", variant: "v7" })); // linux/arm/v7
 * ```
 */
export function formatPlatform(platform: Platform): string {
  const version = platform["os.version"];
  const os = version === undefined ? platform.os : `${platform.os}(${version})`;
  return [os, platform.architecture, platform.variant].filter((part) => part).join("/");
}

/** Lists what runs on the platform, best first: containerd's order, newer variants before older. */
function listRunnable(wanted: Platform): Platform[] {
  const { os, architecture, variant } = wanted;
  const of = (architecture: string, variants: (string | undefined)[]): Platform[] =>
    variants.map((variant) => ({ os, architecture, variant }));
  const upTo = (level: number, least: number): string[] =>
    Array.from({ length: Math.max(0, level - least + 1) }, (_, i) => `v${level - i}`);
  const level = Number(/^v(\d+)$/.exec(variant ?? "")?.[1] ?? Number.NaN);
  if (architecture === "amd64") {
    return [
      ...of("amd64", [...(level > 1 ? upTo(level, 2) : []), undefined]),
      ...of("386", [undefined]),
    ];
  }
  if (architecture === "arm") return of("arm", level >= 5 ? upTo(level, 5) : [variant]);
  if (architecture === "arm64") {
    return [...of("arm64", variant ? [variant, undefined] : [undefined]), ...of("arm", upTo(8, 5))];
  }
  return of(architecture, [variant]);
}

/**
 * Returns the position of the entry that suits the platform best, the first of equals; `undefined`
 * when none runs there.
 * @param platforms of the entries, in their order; entries without one never match.
 */
export function findBestMatch(
  platforms: readonly (Platform | undefined)[],
  wanted: Platform,
): number | undefined {
  const normal = platforms.map((platform) => platform && normalizePlatform(platform));
  const version = wanted["os.version"];
  for (const candidate of listRunnable(normalizePlatform(wanted))) {
    const at = normal.findIndex((platform) =>
      platform !== undefined && platform.os === candidate.os &&
      platform.architecture === candidate.architecture &&
      platform.variant === candidate.variant &&
      (version === undefined || platform["os.version"]?.startsWith(version))
    );
    if (at !== -1) return at;
  }
  return undefined;
}
