/**
 * What the test of the documents' blocks does not run, and why; and what it does before a command, or
 * instead of a word of it.
 */
import { listMissing } from "../support/tools.ts";

/** Commands that are not run, by what is in them. */
export const SKIPPED_COMMANDS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/(^|[|&] *)(ssh \w+ )?docker (load|run)\b/m, "needs Docker"],
  [/\bsudo\b/, "needs root"],
  [/\bnix-(build|instantiate)\b/, "needs Nix"],
  [/\/nix\/store\/…|\bgraph\.json\b|--layer layers\.json/, "needs a Nix store"],
  [/^nixoci run /, "needs images that have programs"],
  [/^nixoci tags |\bnixoci login ghcr\.io\b/, "needs the network"],
  [/^nixoci login quay\.io$/, "needs a terminal"],
  [/--hash sha256-…/, "needs a hash that its reader has"],
  [/^(npm|bash \.ci)\b/, "works on the repository itself"],
  [/^nixoci [a-z ]*(\[?[A-Z]{3,}\b[^a-z]*)+$/, "a synopsis, which test/cli/page.test.ts checks"],
  [/^nixoci --version$/, "the installed package's, which test/cli/pack.test.ts runs"],
  ...listMissing("git", "jq", "skopeo", "tar").map((program) =>
    [new RegExp(`(^ *|[|&] *)${program}\\b`, "m"), `needs ${program}`] as const
  ),
];

/** Programs whose types are checked, but which are not run. */
export const SKIPPED_PROGRAMS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\bopenStore\(/, "needs a Nix store, so that only its types are checked"],
];

/** Languages of blocks that are not run. */
export const SKIPPED_LANGUAGES: Readonly<Record<string, string>> = {
  nix: "needs Nix",
  typescript: "types of results, to which test/cli/json.test.ts holds the commands",
  "": "no program: a file of another program, or what one prints",
};

/** Commands that end with another status than 0, as the documents say. */
export const OTHER_STATUS: readonly (readonly [pattern: RegExp, status: number])[] = [
  [/^nixoci diff /, 1],
];

const CREDENTIALS = JSON.stringify({ auths: { "quay.io": { auth: "bWU6c2VjcmV0" } } });

/** What has to be so before a command: a folder that is not there yet, images that are. */
export const PREPARATIONS: readonly (readonly [pattern: RegExp, command: string])[] = [
  [/^nixoci export .* --(dir|bundle) /, "rm -rf rootfs alpine"],
  [
    /^nixoci index (add|remove|annotate) /,
    "nixoci copy --all oci-dir:examples/hello oci-dir:made:hello",
  ],
  [/^nixoci lock verify /, "nixoci lock fetch oci-dir:images"],
  [
    /^nixoci lock fetch --blobs result\/blobs/,
    "rm -f result && nixoci lock fetch oci-dir:all && mkdir result && cp -r all/blobs result",
  ],
  [/^nixoci logout /, `mkdir -p ~/.docker && echo '${CREDENTIALS}' > ~/.docker/config.json`],
  [/^git diff /, "git init -q && git add nixoci.lock.json && git commit -qm images"],
];

/** Registries that commands write to; in their place stands a registry of the tests at `HOST`. */
export const STAND_INS: readonly (readonly [name: string, other: string])[] = [
  ["registry:localhost:5000/", "registry:HOST/"],
  ["registry:ghcr.io/me/", "registry:HOST/me/"],
];
