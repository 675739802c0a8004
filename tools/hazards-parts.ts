/** What `npm run test:hazards` tries: which tests show which hazard. */

/** Tests that are run, counted and written down together. */
export interface Part {
  /** What `--only` calls it. */
  readonly name: string;
  /** What the table calls it. */
  readonly hazard: string;
  /** What the paths of its test files begin with. */
  readonly files: readonly string[];
  /** Which tests of them, by names as vitest joins them: `describe > it`. */
  readonly which?: RegExp;
  /** More of it, of another seed, is another try: what several runs tried is added up. */
  readonly isCounted?: true;
}

/** What `--full` tries, where the environment does not say otherwise. */
export const FULL: Readonly<Record<string, string>> = {
  HAZARDS_FULL: "1",
  HAZARDS_FUZZ: "1000000",
  HAZARDS_KILLS: "2000",
  HAZARDS_FAULTS: "150",
  HAZARDS_SWAPS: "2000",
  HAZARDS_TAGS: "100",
};

const FUZZED = ["tars", "gzip", "zstd", "documents", "plans", "references", "headers"];

/** The parts, in the order of the table. */
export const PARTS: readonly Part[] = [
  {
    name: "tars",
    hazard: "hostile tars, to a tar and to a folder",
    files: ["test/hazards/tars", "test/hazards/breakouts", "test/unpack/hostile"],
    which: /^(?!harmless)/,
  },
  {
    name: "damaged",
    hazard: "tars that are cut, damaged or read in two ways",
    files: ["test/tar/hostile", "test/tar/desync", "test/tar/limits"],
  },
  {
    name: "documents",
    hazard: "hostile documents",
    files: ["test/hazards/documents", "test/image/load", "test/image/nested"],
    which: /^(?!harmless)/,
  },
  {
    name: "twins",
    hazard: "harmless twins of both",
    files: ["test/hazards/tars", "test/hazards/documents"],
    which: /^harmless/,
  },
  {
    name: "registries",
    hazard: "hostile registries and token servers",
    files: ["test/transports/registry/hostile-"],
  },
  { name: "clients", hazard: "hostile clients of our registry", files: ["test/serve/hostile"] },
  { name: "secrets", hazard: "a secret in a wrong file", files: ["test/hazards/canary"] },
  {
    name: "bombs",
    hazard: "bombs, floods and drips",
    files: [
      "test/hazards/bombs",
      "test/image/bounds",
      "test/flatten/bounds",
      "test/transports/registry/hostile-endless",
      "test/transports/registry/hostile-slow",
    ],
  },
  {
    name: "memory",
    hazard: "layers of GiBs within 128 MiB of memory",
    files: ["test/hazards/memory"],
  },
  ...FUZZED.map((kind): Part => ({
    name: `fuzz-${kind}`,
    hazard: `fuzzed ${kind}`,
    files: ["test/hazards/fuzz"],
    which: new RegExp(`^fuzzed > ${kind} `),
    isCounted: true,
  })),
  {
    name: "network",
    hazard: "network faults, each at every request",
    files: ["test/hazards/network"],
  },
  {
    name: "artifacts",
    hazard: "artifacts that lead out of their folder",
    files: ["test/artifact/write-files"],
  },
  {
    name: "kills",
    hazard: "kills at random moments",
    files: ["test/hazards/kills"],
    isCounted: true,
  },
  {
    name: "faults",
    hazard: "system calls that fail, or are killed in",
    files: ["test/hazards/faults"],
    isCounted: true,
  },
  {
    name: "swaps",
    hazard: "rounds in which files are swapped for links",
    files: ["test/hazards/swaps"],
    isCounted: true,
  },
  {
    name: "writers",
    hazard: "tags that eight writers write at a time",
    files: ["test/hazards/writers"],
  },
  { name: "cache", hazard: "a cache that was changed", files: ["test/cache/cache"] },
  { name: "supply", hazard: "what is installed with nixoci", files: ["test/supply"] },
  {
    name: "signals",
    hazard: "signals while something waits",
    files: ["test/cli/kit/interrupt"],
  },
];
