/** The fields of `nix`, by the names that nix-container-images had from NixOS, and a few of ours. */
import type { Kinds } from "../feature.ts";

/** Defines the fields. */
export function defineNix(is: Kinds) {
  return is.object({
    enable: is.field(is.flag, "true puts Nix, its database and its settings into the image", {
      usual: false,
      example: true,
    }),
    package: is.field(
      is.path,
      "The store path of Nix, with links at the root; the base's Nix by default",
      { example: "/nix/store/…-nix-2.36.0" },
    ),
    daemon: is.field(
      is.flag,
      "true runs nix-daemon as a service, for users who do not own the store; false by default",
      { usual: false, example: true },
    ),
    user: is.field(is.filled, "Who owns the store and runs Nix without a daemon; root by default", {
      usual: "root",
      example: "alice",
    }),
    channels: is.field(
      is.record(is.filled, "must be an object of URLs"),
      "URLs of channels by name, for nix-channel --update",
      { usual: {}, example: { nixpkgs: "https://channels.nixos.org/nixos-unstable" } },
    ),
    nixPath: is.field(
      is.list(is.filled, "must be a list"),
      "NIX_PATH; nixpkgs of the channels where there are some, by default",
      { example: ["nixpkgs=/srv/nixpkgs"] },
    ),
    envVars: is.field(is.texts, "Variables of the image and of the daemon", {
      usual: {},
      example: { TMPDIR: "/build" },
    }),
    nrBuildUsers: is.field(
      is.whole(0),
      "How many nixbld users there are: 32 by default, and none where user is not root",
      { example: 8 },
    ),
    ...defineSettings(is),
    ...defineMachines(is),
    ...defineUnusable(is),
  }, 'must be an object such as {"enable": true, "package": "/nix/store/…-nix"}');
}

function defineSettings(is: Kinds) {
  const words = is.list(is.filled, "must be a list of words");
  return {
    maxJobs: is.field(
      is.either(is.whole(0), is.oneOf(["auto"], "must be a number or auto")),
      "max-jobs; auto by default",
      { usual: "auto", example: 4 },
    ),
    buildCores: is.field(is.whole(0), "cores; 0, which is all, by default", {
      usual: 0,
      example: 2,
    }),
    useSandbox: is.field(
      is.either(is.flag, is.oneOf(["relaxed"], "must be true, false or relaxed")),
      "sandbox; false by default, for it needs more than a container may do",
      { usual: false, example: "relaxed" },
    ),
    sandboxPaths: is.field(words, "extra-sandbox-paths", { usual: [], example: ["/dev/kvm"] }),
    binaryCaches: is.field(words, "substituters; https://cache.nixos.org/ by default", {
      usual: ["https://cache.nixos.org/"],
      example: ["https://cache.example.org/"],
    }),
    trustedBinaryCaches: is.field(words, "trusted-substituters", {
      usual: [],
      example: ["https://cache.example.org/"],
    }),
    binaryCachePublicKeys: is.field(words, "trusted-public-keys, beside that of cache.nixos.org", {
      usual: [],
      example: ["cache.example.org-1:…="],
    }),
    requireSignedBinaryCaches: is.field(is.flag, "require-sigs; true by default", {
      usual: true,
      example: false,
    }),
    trustedUsers: is.field(words, "trusted-users; root by default", {
      usual: ["root"],
      example: ["root", "@wheel"],
    }),
    allowedUsers: is.field(words, "allowed-users; all by default", {
      usual: ["*"],
      example: ["@wheel"],
    }),
    autoOptimiseStore: is.field(is.flag, "auto-optimise-store; false by default", {
      usual: false,
      example: true,
    }),
    settings: is.field(
      is.record(
        is.either(is.either(is.text, is.flag), is.either(is.whole(0), words)),
        "must be an object of settings",
      ),
      "Further lines of nix.conf, by name; they win",
      { usual: {}, example: { "experimental-features": ["nix-command", "flakes"] } },
    ),
    extraOptions: is.field(is.text, "Text at the end of nix.conf", {
      usual: "",
      example: "gc-keep-outputs = true\n",
    }),
    checkConfig: is.field(is.flag, "false does not look whether extraOptions are settings", {
      usual: true,
      example: false,
    }),
  };
}

function defineMachines(is: Kinds) {
  const words = is.list(is.filled, "must be a list of words");
  const machine = is.object({
    hostName: is.needed(is.filled, "Its name"),
    protocol: is.field(is.filled, "ssh or ssh-ng", { example: "ssh-ng" }),
    sshUser: is.field(is.filled, "Who logs in there", { example: "builder" }),
    sshKey: is.field(is.filled, "The place of the private key in the image", {
      example: "/root/.ssh/id_builder",
    }),
    system: is.field(is.filled, "What it builds for, such as x86_64-linux", {
      example: "x86_64-linux",
    }),
    systems: is.field(words, "The same, several", { example: ["x86_64-linux", "i686-linux"] }),
    maxJobs: is.field(is.whole(1), "How many builds at a time; 1 by default"),
    speedFactor: is.field(is.whole(1), "How fast it is beside others; 1 by default", {
      usual: 1,
      example: 2,
    }),
    supportedFeatures: is.field(words, "What it can do", { usual: [], example: ["kvm"] }),
    mandatoryFeatures: is.field(words, "What a build has to ask for", {
      usual: [],
      example: ["perf"],
    }),
    publicHostKey: is.field(is.filled, "Its public key, in base 64"),
  }, "must be an object with hostName and system");
  return {
    distributedBuilds: is.field(is.flag, "true has buildMachines build; false by default", {
      usual: false,
      example: true,
    }),
    buildMachines: is.field(is.list(machine, "must be a list"), "/etc/nix/machines", {
      usual: [],
      example: [{ hostName: "build.example.org", system: "x86_64-linux" }],
    }),
  };
}

/** Defines what means something to the daemon alone, or to no container. */
function defineUnusable(is: Kinds) {
  return {
    daemonNiceLevel: is.field(is.whole(0), "The niceness of the daemon; 0 by default", {
      usual: 0,
      example: 10,
    }),
    daemonIONiceLevel: is.field(is.whole(0), "Taken and told: containers have no such priority", {
      usual: 0,
      example: 7,
    }),
    readOnlyStore: is.field(is.flag, "Taken and told: an image mounts nothing", { example: true }),
  };
}
