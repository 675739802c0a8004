import { beforeAll, describe, expect, it } from "vitest";
import { flagsOf } from "../../../src/cli/kit/command.ts";
import { FOREIGN_FLAGS, FOREIGN_VERBS } from "../../../src/cli/kit/foreign-words.ts";
import { loadVerbs } from "../../../src/cli/verbs.ts";
import { listSchemes } from "../../../transports/list.ts";
import { type Outcome, outcomes } from "../run.ts";

const SCHEMES = "the schemes are registry: (or docker:), oci-dir: (or oci:), oci-archive:, " +
  "dir:, docker-archive:, daemon: (or docker-daemon:), podman:, containers-storage:, nix:";

/** Wrong words, and the one line that answers them. */
const WRONG: (readonly [words: string, answer: string])[] = [
  ["cpoy a b", 'nixoci: Unknown command "cpoy"; did you mean copy?'],
  ["zzzzzz", 'nixoci: Unknown command "zzzzzz"; see nixoci --help'],
  ["lock ad x", 'nixoci: Unknown command "lock ad"; did you mean lock add?'],
  ["base initt", 'nixoci: Unknown command "base initt"; did you mean base init?'],
  ["base udpate channels.json", 'nixoci: Unknown command "base udpate"; did you mean base update?'],
  ["base bild oci-dir:a:b", 'nixoci: Unknown command "base bild"; did you mean base build?'],
  ["lock zzzzzz", 'nixoci: Unknown command "lock zzzzzz"; see nixoci lock --help'],
  [
    "lock -f x add y",
    "nixoci: Unknown flag -f before the command; flags of a command stand after it",
  ],
  ["-q lock add", "nixoci: Missing arguments: lock add needs NAME; usage: nixoci lock add NAME…"],
  ["lock add a --al", "nixoci: Unknown flag --al; did you mean --all?"],
  [
    "lock list a --jobs 2",
    "nixoci: Unknown flag --jobs; see nixoci lock list --help",
  ],
  [
    "lock add oci-dir:x",
    'nixoci: "oci-dir:x" is in no registry; use nixoci copy, which takes images from anywhere',
  ],
  [
    "--jobs 2 copy a b",
    "nixoci: Unknown flag --jobs before the command; flags of a command stand after it",
  ],
  [
    "-q copy a",
    "nixoci: Missing arguments: copy needs SOURCE and DESTINATION; usage: nixoci copy SOURCE DESTINATION",
  ],
  [
    "copy a b --digest-file=",
    "nixoci: --digest-file: its value is empty; give it a file, or leave it out",
  ],
  [
    "copy a b --dest-tag=",
    "nixoci: --dest-tag: its value is empty; give it a name, or leave it out",
  ],
  [
    "copy a b --dest-authfile=",
    "nixoci: --dest-authfile: its value is empty; give it a file, or leave it out",
  ],
  ["copy a b --tmpdir=", "nixoci: --tmpdir: its value is empty; give it a folder, or leave it out"],
  [
    "export oci-dir:x --output=",
    "nixoci: --output: its value is empty; give it a file, or leave it out",
  ],
  [
    "build x --copy-to-root=",
    "nixoci: --copy-to-root: its value is empty; give it a path, or leave it out",
  ],
  [
    "build x --copy-to-root r --volume=",
    'nixoci: --volume: "" is not a whole path; write a folder of the image, such as /srv/data',
  ],
  ...["99999999", "0", "", "80-90", "80/icmp", "x"].map((port): [string, string] => [
    `build oci-dir:x --copy-to-root r --port=${port}`,
    `nixoci: --port: "${port}" is not a port; write a number from 1 to 65535, or with a protocol as ` +
    "53/udp; several one by one",
  ]),
  [
    "copy --compress gzip --compress-level 15 oci-dir:a oci-dir:b",
    "nixoci: gzip has no compression level 15; take one from 1 to 9",
  ],
  [
    "copy a b --all=maybe",
    "nixoci: --all=maybe: it is either on or off; write --all=true or --all=false",
  ],
  [
    "copy --src-tls-verify=no a b",
    "nixoci: --src-tls-verify=no: it is either on or off; write --src-tls-verify=true or --src-tls-verify=false",
  ],
  ["copy a\0 b", 'nixoci: "a\\u0000" has a NUL character in it'],
  [
    "copy",
    "nixoci: Missing arguments: copy needs SOURCE and DESTINATION; usage: nixoci copy SOURCE DESTINATION",
  ],
  [
    "copy a",
    "nixoci: Missing arguments: copy needs SOURCE and DESTINATION; usage: nixoci copy SOURCE DESTINATION",
  ],
  ["copy a b c", 'nixoci: Unexpected argument "c"; usage: nixoci copy SOURCE DESTINATION'],
  ["ls a b c", 'nixoci: Unexpected argument "c"; usage: nixoci ls SOURCE [PATH]'],
  ["copy a b --platfrom x", "nixoci: Unknown flag --platfrom; did you mean --platform?"],
  ["copy a b --dets-tag=x", "nixoci: Unknown flag --dets-tag; did you mean --dest-tag?"],
  ["copy a b --digestfiel=x", "nixoci: Unknown flag --digestfiel; did you mean --digestfile?"],
  ["run a b sh -c x", "nixoci: Unknown flag -c; flags of the command stand after --"],
  ["copy a b -Z", "nixoci: Unknown flag -Z; see nixoci copy --help"],
  ["copy a b --jobs", "nixoci: Flag --jobs expects a value; see nixoci copy --help"],
  [
    "copy a b --jobs many",
    "nixoci: --jobs: Expected an integer but received: many; see nixoci copy --help",
  ],
  [
    "copy a b --jobs 0",
    "nixoci: --jobs: Expected an integer greater than or equal to 1 but received: 0; see nixoci copy --help",
  ],
  [
    "copy a b --compress lz4",
    "nixoci: Expected --compress=lz4 to be one of: keep, none, gzip, gzip-portable, zstd; see nixoci copy --help",
  ],
  [
    "copy a b --compress-level 3",
    "nixoci: All of the following must be provided when using --compress-level: --compress; see nixoci copy --help",
  ],
  [
    "copy a b --all --platform linux/arm64",
    "nixoci: --platform=linux/arm64 cannot also be provided when using --all; see nixoci copy --help",
  ],
  [
    "copy a b --compress none --compress-level 5",
    "nixoci: --compress none has no --compress-level; leave one of them out",
  ],
  [
    "copy a b --digest xyz",
    'nixoci: --digest: "xyz" is not a digest; a digest is sha256: and 64 hex digits, or sha512: and 128, in lower case',
  ],
  [
    "inspect a --raw --config",
    "nixoci: --raw, --config and --json print different things; give one of them",
  ],
  ...["copy memory:a oci-dir:b", "copy oci-dir:a memory:b", "ls memory:a"].map((words) =>
    [
      words,
      `nixoci: memory: is for programs: the command would lose what it holds; ${SCHEMES}`,
    ] as const
  ),
  [
    "ls x",
    `nixoci: "x" does not say where the image is; write registry:x for a registry; ${SCHEMES}`,
  ],
  ...["podman:./x", "daemon:team/app"].map((place) =>
    [
      `tags ${place}`,
      `nixoci: Cannot list the tags of ${place}: only registries, archives and layouts have them; ` +
      "see what it holds with nixoci inspect",
    ] as const
  ),
  [
    "copy --scoped docker-archive:x.tar registry:r.test/app",
    "nixoci: All of the following must be provided when using --scoped: --all; see nixoci copy --help",
  ],
  ...["registry:r.test/app:1", "docker://r.test/app:1", "r.test/app:1"].map((place) =>
    [
      `tags ${place}`,
      'nixoci: "r.test/app:1" names one image, not a repository; write nixoci tags r.test/app',
    ] as const
  ),
  // Read as pull reads them: images that are called as schemes are.
  ...["docker:27", "podman:x", "podman:5000/app:1"].map((name) => {
    const repository = name.startsWith("podman:5000")
      ? name.slice(0, -2)
      : `docker.io/library/${name.split(":")[0]}`;
    return [
      `tags ${name}`,
      `nixoci: "${name}" names one image, not a repository; write nixoci tags ${repository}`,
    ] as const;
  }),
  [
    "tags registry:alpine",
    'nixoci: "registry:alpine" names one image, not a repository; ' +
    "write nixoci tags docker.io/library/registry, or nixoci tags alpine for the repository alpine",
  ],
  [
    "tags dir:app",
    'nixoci: "dir:app" names one image, not a repository; ' +
    "write nixoci tags docker.io/library/dir, or dir:./app for the path",
  ],
  // Words of other tools.
  ["list-tags docker://alpine", 'nixoci: Unknown command "list-tags"; use nixoci tags REPOSITORY'],
  [
    "sync --src docker a b",
    "nixoci: Unknown flag --src; write the source as registry:HOST/NAME or SCHEME:PLACE, or name the file",
  ],
  [
    "retag a b",
    'nixoci: Unknown command "retag"; use nixoci tag registry:NAME:OLD NEW',
  ],
  [
    "repo ls a",
    'nixoci: Unknown command "repo"; use nixoci catalog HOST or nixoci tags REPOSITORY',
  ],
  ["image get-file a b", 'nixoci: Unknown command "image"; use nixoci cat SOURCE PATH'],
  ["version", 'nixoci: Unknown command "version"; use nixoci --version'],
  [
    "copy a b --override-arch arm64",
    "nixoci: Unknown flag --override-arch; use --platform [os/]ARCH",
  ],
  ["pull a --override-arch arm64", "nixoci: Unknown flag --override-arch; use --arch ARCH"],
  [
    "pull a --platform linux/arm64",
    "nixoci: Unknown flag --platform; use --arch ARCH, with --os and --variant",
  ],
  ["copy a b --multi-arch all", "nixoci: Unknown flag --multi-arch; use --all"],
  ["copy a b --insecure", "nixoci: Unknown flag --insecure; use --tls-verify=false"],
  ["ls a --insecure", "nixoci: Unknown flag --insecure; use --tls-verify=false"],
  [
    "copy a b --dest-compress-format=zstd",
    "nixoci: Unknown flag --dest-compress-format; use --compress gzip or --compress zstd",
  ],
  ["copy a b -v", "nixoci: Unknown flag -v; use --debug"],
  ["build -f a b", "nixoci: Unknown flag -f; give the SPEC as the first argument"],
  ["inspect a -f x", "nixoci: Unknown flag -f; use --json, and pick fields with jq"],
  [
    "copy a b --sign-by me",
    "nixoci: Unknown flag --sign-by; use nixoci sign SOURCE, which signs as cosign does, not as GPG",
  ],
  [
    "copy a b --format v2s2",
    "nixoci: Expected --format=v2s2 to be one of: oci, docker; use --format docker",
  ],
  ["logout", "nixoci: logout needs either HOST or --all; usage: nixoci logout HOST"],
  ["logout --all quay.io", "nixoci: logout needs either HOST or --all; usage: nixoci logout HOST"],
];

const HELP = [["--help"], ["-h"], ["help"], []];
const HELP_OF_COPY = [["copy", "--help"], ["help", "copy"], ["copy", "-h", "a"], [
  "-q",
  "--help",
  "copy",
]];
const HELP_OF_LOCK = [["lock", "--help"], ["help", "lock"], ["lock"], ["-h", "lock"]];
const HELP_OF_ADD = [["lock", "add", "--help"], ["help", "lock", "add"], ["lock", "-h", "add"]];
const HOSTILE = "--\x1b[31m\n\u202eevil";

const LINES = [
  ...WRONG.map(([words]) => words.split(" ")),
  ...HELP,
  ...HELP_OF_COPY,
  ...HELP_OF_LOCK,
  ...HELP_OF_ADD,
  ["copy", "a", "--json"],
  ["copy", "a", "b", HOSTILE],
];

let seen: Map<string, Outcome>;
beforeAll(async () => {
  const all = await outcomes(LINES);
  seen = new Map(LINES.map((words, i) => [words.join(" "), all[i]!]));
});

describe("wrong usage", () => {
  it.each(WRONG)("%s", (words, answer) => {
    expect(seen.get(words)).toEqual({ status: 2, stdout: "", stderr: answer + "\n" });
  });

  it("is a JSON value with --json", () => {
    const { stderr, stdout, status } = seen.get("copy a --json")!;
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "USAGE",
        message: "Missing arguments: copy needs SOURCE and DESTINATION",
        hint: "usage: nixoci copy SOURCE DESTINATION",
      },
    });
    expect([status, stdout]).toEqual([2, ""]);
  });

  it("never drives the terminal", () => {
    const { stderr } = seen.get(`copy a b ${HOSTILE}`)!;
    expect(stderr).toBe(
      "nixoci: Unknown flag --\\x1b[31m\\n\\u202eevil; see nixoci copy --help\n",
    );
  });
});

describe("words of other tools", () => {
  it("lead to words that there are", async () => {
    const verbs = await loadVerbs();
    const names = new Set(verbs.flatMap(({ name }) => [name, name.split(" ")[0]!]));
    const flags = new Set(verbs.flatMap(({ verb }) => Object.keys(flagsOf(verb))));
    const told = [...Object.values(FOREIGN_VERBS), ...Object.values(FOREIGN_FLAGS).flat()];
    for (const hint of told) {
      for (
        const [, verb] of hint.matchAll(/nixoci (?!-|signs|runs|asks|deletes|makes|does)([a-z]+)/g)
      ) {
        expect(names, hint).toContain(verb);
      }
      for (const [, flag] of hint.matchAll(/--([a-z-]+)/g)) {
        expect([...flags, "version"], hint).toContain(flag);
      }
    }
    for (const word of Object.keys(FOREIGN_VERBS)) expect(names).not.toContain(word);
  });

  it("have no hint where the flag is the verb's own", async () => {
    for (const { name, verb } of await loadVerbs()) {
      const own = Object.keys(flagsOf(verb)).map((flag) => `${name} --${flag}`);
      expect(Object.keys(FOREIGN_FLAGS).filter((key) => own.includes(key))).toEqual([]);
    }
  });
});

describe("help", () => {
  it.each(HELP)("lists the verbs (%s)", (...words) => {
    const { status, stdout } = seen.get(words.join(" "))!;
    expect(status).toBe(0);
    for (const verb of ["copy", "digest", "inspect", "lock", "login", "logout", "ls", "tags"]) {
      expect(stdout).toMatch(new RegExp(`^  ${verb} `, "m"));
    }
  });

  it.each(HELP_OF_COPY)("of a verb (%s %s)", (...words) => {
    const { stdout } = seen.get(words.join(" "))!;
    expect(stdout).toContain("$ nixoci copy SOURCE DESTINATION");
    expect(stdout).toContain("--[src-|dest-]creds=");
  });

  it.each(["--help", "copy --help"])("says how references are written (%s)", (words) => {
    const { stdout } = seen.get(words)!;
    const text = stdout.replace(/\s+/g, " ");
    expect(text).toContain("PLACES registry:");
    for (const { form, place } of listSchemes()) {
      expect(text).toContain(form);
      expect(text).toContain(place);
    }
  });

  it("says it only where there are references", () => {
    expect(seen.get("lock add --help")!.stdout).not.toContain("PLACES");
  });

  it.each(HELP_OF_LOCK)("of a group of verbs (%s %s)", (...words) => {
    const { status, stdout } = seen.get(words.filter(Boolean).join(" "))!;
    expect(status).toBe(0);
    expect(stdout).toContain("$ nixoci lock COMMAND");
    for (const verb of ["add", "check", "update"]) {
      expect(stdout).toMatch(new RegExp(`^  lock ${verb} `, "m"));
    }
  });

  it.each(HELP_OF_ADD)("of a verb in a group (%s %s %s)", (...words) => {
    const { stdout } = seen.get(words.join(" "))!;
    expect(stdout).toContain("$ nixoci lock add NAME");
    expect(stdout).toContain("--platform=");
  });
});
