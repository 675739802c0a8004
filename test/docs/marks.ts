/**
 * What the test of the documents' blocks does not run, and why; and what it does before a command, or
 * instead of a word of it.
 */
import { listMissing } from "../support/tools.ts";

/** Commands that are not run, by what is in them. */
export const SKIPPED_COMMANDS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/(^|[|&] *)(ssh \w+ )?docker (load|run)\b/m, "needs Docker"],
  [/\bsudo\b/, "needs root"],
  [/\binstall\.sh\b/, "needs a release; test/ci/installer.test.ts"],
  [/^git clone /, "needs the network"],
  [/\bnix-(build|env|instantiate)\b|--profile \.\/profile/, "needs Nix"],
  [/\bshell\.nix\b/, "needs Nix"],
  [/^nixoci shell daemon:/, "needs Nix, for the shell.nix that it means"],
  [/^nixoci shell (\S+ )?--( |$)/, "needs an engine's command line"],
  [/\/nix\/store\/…|\bgraph\.json\b|--layer layers\.json/, "needs a Nix store"],
  [/ --store-paths /, "needs images with store paths; test/cli/verbs/explain.test.ts"],
  [/^nixoci lock blob /, "needs the size of a blob"],
  [/ --attach-closure /, "needs a Nix store; test/e2e/serve-nix-cache.test.ts"],
  [/^nixoci serve /, "goes on until it is stopped; test/cli/verbs/serve"],
  [
    /localhost:50(00|01)\/(hello|app|team)\b|^(kind|k3d|minikube|kubectl|curl|htpasswd|openssl|nix copy) /,
    "needs what nixoci serve serves",
  ],
  [/^nixoci explore .*--serve$/, "goes on until it is stopped; test/cli/verbs/explore.test.ts"],
  [/^[a-z-]+\/make-root\.sh /, "downloads Debian's packages; test/e2e/services.test.ts"],
  [/^nixoci run /, "needs images that have programs"],
  [/^nixoci tags (?!.*oci-dir:)|\bnixoci login ghcr\.io\b/, "needs the network"],
  [/^nixoci sync registry:quay/, "needs the network: lists of tags are the named registry's"],
  [/^nixoci (ping|catalog|whoami|ratelimit|login --check)\b/, "needs a registry of one's own"],
  [
    /^nixoci base (base\.json )?--(.*(daemon|registry):|print-spec)/,
    "needs a Nix store; test/e2e/base-images.test.ts",
  ],
  [/^nixoci base update (?!--dry-run)/, "needs a Nix store; test/e2e/base-images.test.ts"],
  [/^nixoci init |--unit\b/, "needs s6; test/cli/verbs/init.test.ts, test/e2e/services.test.ts"],
  [/^nixoci login quay\.io$/, "needs a terminal"],
  [/--hash sha256-…/, "needs a hash that its reader has"],
  [
    /^(HAZARDS_\w+=\S+ )*(npm|npx vitest|bash \.ci|\(cd release)\b/,
    "works on the repository itself",
  ],
  [/^nixoci [a-z ]*(\[?[A-Z]{3,}\b[^a-z]*)+$/, "a synopsis, which test/cli/page.test.ts checks"],
  [/^deno run -A npm:/, "needs npm's registry; test/cli/pack.test.ts and permissions.test.ts"],
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
  dockerfile: "needs Docker; test/e2e/base-images.test.ts",
  typescript: "types of results, to which test/cli/json.test.ts holds the commands",
  yaml: "the file of the commands beside it: test/docs/support/world.ts",
  "": "no program: a file of another program, or what one prints",
};

/** Commands that end with another status than 0, as the documents say. */
export const OTHER_STATUS: readonly (readonly [pattern: RegExp, status: number])[] = [
  [/^nixoci diff /, 1],
  [/^nixoci units check --strict /, 1],
  [/^nixoci prove oci-dir:images:app /, 1],
];

const CREDENTIALS = JSON.stringify({ auths: { "quay.io": { auth: "bWU6c2VjcmV0" } } });

const FLAKE_LOCK = JSON.stringify({
  version: 7,
  root: "root",
  nodes: {
    root: { inputs: { unstable: "nixpkgs" } },
    nixpkgs: { locked: { rev: "1".repeat(40) } },
  },
});

/** What has to be so before a command: a folder that is not there yet, images that are. */
export const PREPARATIONS: readonly (readonly [pattern: RegExp, command: string])[] = [
  [/^nixoci export .* --(dir|bundle) /, "rm -rf rootfs alpine"],
  [
    /^nixoci index (add|remove|annotate) /,
    "nixoci copy --all oci-dir:examples/hello oci-dir:made:hello",
  ],
  [/^nixoci artifact pull /, "rm -rf notes && nixoci artifact push oci-dir:images:notes spec.json"],
  [
    /^nixoci base pin .*registry\.example/,
    `echo '${FLAKE_LOCK}' > flake.lock && sed -i s,me/,registry.example/, Dockerfile`,
  ],
  [/^nixoci manifest put /, "nixoci manifest get --output manifest.json oci-dir:images:app"],
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
