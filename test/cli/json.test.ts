/** What `--json` and `--progress json` print is what docs/json.md says. */
import * as z from "zod/mini";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERROR_CODES, NOTICE_CODES } from "../../src/cli/docs/json/codes.ts";
import { EVENT, FAILURE } from "../../src/cli/docs/json/events.ts";
import { createJsonPage } from "../../src/cli/docs/json/page.ts";
import { DOCUMENTS, JSON_VERSION, RESULTS } from "../../src/cli/docs/json/shapes.ts";
import { loadVerbs } from "../../src/cli/verbs.ts";
import { openWorld, runIn, type World } from "../docs/support/world.ts";
import { PACKAGE } from "./run.ts";

/** The flags for the store of the documents' world. */
const IN_STORE = "--store root --closure closure.json";

/** A store path that is in it. */
const BASH = `/nix/store/${"0".repeat(32)}-bash-5.2`;

/** A command for each shape, in an order in which each finds what it needs. */
const COMMANDS: readonly (readonly [shape: string, words: string])[] = [
  ["copy --dry-run", "copy --dry-run registry:alpine oci-dir:made:a"],
  ["copy", "copy registry:alpine oci-dir:made:a"],
  ["copy", "copy --all registry:alpine oci-archive:made.tar:a"],
  ["copy", "copy oci-dir:images:old daemon:app:1"],
  ["build --dry-run", "build --dry-run --copy-to-root ./rootfs --cmd /bin/app oci-dir:made:b"],
  ["build", "build --copy-to-root ./rootfs --cmd /bin/app oci-dir:made:b"],
  ["base update", "base update --dry-run channels.json"],
  ["base init", "base init github channels.json -o base-images.yml"],
  ["base pin", "base pin --check Dockerfile"],
  ["base build --dry-run", `base --dry-run --nix ${BASH} oci-dir:made:n ${IN_STORE}`],
  ["base build", `base build --nix ${BASH} oci-dir:made:n ${IN_STORE}`],
  ["cache", "cache"],
  ["cache", "cache clear"],
  ["completion", "completion bash"],
  ["copy", "copy --referrers registry:alpine oci-dir:made:c"],
  ["artifact push --dry-run", "artifact push --dry-run oci-dir:made:files spec.json"],
  ["artifact push", "artifact push oci-dir:made:files spec.json"],
  ["artifact pull", "artifact pull oci-dir:made:files pulled"],
  ["attach", "attach --type application/vnd.example.note oci-dir:images:old spec.json"],
  ["referrers", "referrers oci-dir:images:old"],
  ["blob put", "blob put oci-dir:made spec.json"],
  [
    "blob head",
    "blob head oci-dir:examples/hello@sha256:8e8a6a9c25113358da4ad8a6fa2bc7e96bb86826299b588554d03f270641c835",
  ],
  [
    "blob get",
    "blob get -o blob oci-dir:examples/hello@sha256:8e8a6a9c25113358da4ad8a6fa2bc7e96bb86826299b588554d03f270641c835",
  ],
  ["manifest get", "manifest get -o manifest.json oci-dir:images:old"],
  ["manifest head", "manifest head oci-dir:images:old"],
  ["manifest put", "manifest put oci-dir:images:again manifest.json"],
  ["diff", "diff oci-dir:images:old oci-dir:images:new"],
  ["build", `build --path ${BASH} oci-dir:made:p ${IN_STORE}`],
  ["diff --store-paths", "diff --store-paths oci-dir:made:n oci-dir:made:p"],
  ["explain", "explain --base registry:alpine oci-dir:images:old"],
  ["explain", "explain --quick oci-dir:made:n"],
  ["explore", "explore oci-dir:images:old oci-dir:images:new -o page.html"],
  ["why", "why oci-dir:images:old /bin/sh"],
  ["why", "why --closure closure.json oci-dir:made:p bash"],
  ["digest", "digest registry:alpine"],
  ["export", "export oci-dir:images:old -o old.tar"],
  ["export --dir", "export oci-dir:images:old --dir old"],
  ["export --bundle", "export oci-dir:images:old --bundle bundle"],
  ["delete", "delete --yes oci-dir:images:again"],
  ["tags", "tags --created --newest 1 oci-dir:images"],
  ["ping", "ping HOST"],
  ["ratelimit", "ratelimit HOST/docker.io/library/alpine"],
  ["gc", "gc --dry-run oci-dir:images"],
  ["verify", "verify oci-dir:images"],
  ["verify", "verify --repair oci-dir:images oci-dir:images"],
  ["prove", "prove oci-dir:made:b spec.json"],
  ["prove", "prove oci-dir:images:old spec.json"],
  ["sign", "sign --key cosign.key --signed-as ghcr.io/me/app oci-dir:images:old"],
  ["sign", "sign --key cosign.key --signed-as ghcr.io/me/app oci-dir:images:old"],
  ["verify", "verify --key cosign.pub oci-dir:images:old"],
  ["index create --dry-run", "index create --dry-run oci-dir:made:i registry:alpine"],
  ["index create", "index create oci-dir:made:i registry:alpine"],
  [
    "index add --dry-run",
    "index add --dry-run --platform linux/riscv64 oci-dir:made:i oci-dir:images:old",
  ],
  ["index add", "index add --platform linux/riscv64 oci-dir:made:i oci-dir:images:old"],
  ["index annotate --dry-run", "index annotate --dry-run oci-dir:made:i a=1"],
  ["index annotate", "index annotate oci-dir:made:i a=1"],
  ["index remove --dry-run", "index remove --dry-run --platform linux/riscv64 oci-dir:made:i"],
  ["index remove", "index remove --platform linux/riscv64 oci-dir:made:i"],
  ["inspect", "inspect registry:alpine"],
  ["inspect", "inspect oci-dir:images:old"],
  ["merge --dry-run", "merge --dry-run oci-dir:made:a oci-dir:images:old oci-dir:merged"],
  ["merge", "merge oci-dir:made:a oci-dir:images:old oci-dir:merged"],
  ["lock add", "lock add -f mine.json alpine:3.20"],
  ["lock list", "lock list"],
  ["lock blobs", "lock blobs"],
  ["lock check", "lock check"],
  ["lock update", "lock update --dry-run"],
  ["lock fetch", "lock fetch oci-dir:locked"],
  ["lock verify", "lock verify oci-dir:locked"],
  ["lock remove", "lock remove alpine:3.20"],
  ["lock import", "lock import alpine-manifest.json alpine:3.20"],
  ["login", "login HOST -u me --password secret --authfile auth.json"],
  ["login --check", "login HOST --check --authfile auth.json"],
  ["whoami", "whoami HOST --authfile auth.json"],
  ["logout", "logout HOST --authfile auth.json"],
  ["ls", "ls oci-dir:images:old"],
  ["mutate", "mutate --env A=1 oci-dir:images:old oci-dir:made:c"],
  ["mutate --dry-run", "mutate --dry-run --rm /etc oci-dir:images:old oci-dir:made:d"],
  ["plan", "plan spec.json -o plan.json"],
  ["plan", `plan --path ${BASH} ${IN_STORE} --against oci-dir:made:p -o plan.json`],
  ["prefetch", "prefetch alpine"],
  ["pull", "pull alpine@DIGEST -o pulled.tar"],
  ["sbom", "sbom --attach oci-dir:images:old"],
  ["sbom", "sbom --closure closure.json oci-dir:made:p -o bom.json"],
  ["tag", "tag oci-dir:images:old older"],
  ["sync", "sync oci-dir:images oci-dir:synced"],
  ["sync", "sync --dry-run registry:HOST/none oci-dir:synced"],
  ["shell --dry-run", `shell --dry-run hello.drv oci-dir:made:s ${IN_STORE}`],
  ["shell", `shell hello.drv oci-dir:made:s ${IN_STORE}`],
  ["shell --print-env", `shell --print-env hello.drv ${IN_STORE}`],
  ["tags", "tags HOST/docs/app"],
  ["tags", "tags oci-dir:images"],
  ["inspect", "inspect oci-dir:images"],
  ["units check", "units check app.service"],
];

/** Shapes that no command of these has, and why. */
const UNTRIED: Readonly<Record<string, string>> = {
  catalog: "the registry of the tests has none; test/e2e/housekeeping.test.ts asks a real one",
  "lock blob": "needs the size of a blob, and asks no mirror; test/e2e/nix-functions.test.ts",
  run: "needs an image that has programs; test/cli/verbs/run.test.ts",
  init: "needs s6; test/cli/verbs/init.test.ts",
  serve: "goes on until it is stopped; test/cli/verbs/serve/serve.test.ts",
  layers: "needs a Nix store; test/cli/verbs/build/layers.test.ts",
};

let world: World;
let folder: string;
beforeAll(async () => {
  world = await openWorld();
  folder = await world.fullFolder();
  const host = world.registry;
  await runIn(world, folder, `nixoci copy -q oci-dir:images:old registry:${host}/docs/app:1`);
});
afterAll(() => world[Symbol.asyncDispose]());

async function run(words: string) {
  const line = words.replaceAll("HOST", world.registry)
    .replaceAll("DIGEST", world.digestOf("alpine"));
  return await runIn(world, folder, `nixoci ${line}`);
}

describe("results", () => {
  it("are documented for every verb", async () => {
    const documented = [...Object.keys(RESULTS), ...Object.keys(DOCUMENTS)];
    for (const { name } of await loadVerbs()) expect(documented).toContain(name);
    const tried = [...COMMANDS.map(([shape]) => shape), ...Object.keys(UNTRIED)];
    expect(Object.keys(RESULTS).filter((shape) => !tried.includes(shape))).toEqual([]);
  });

  it.each(COMMANDS)("of %s: %s", async (shape, words) => {
    const { stdout, stderr } = await run(`${words} --json`);
    expect(stdout, stderr).not.toBe("");
    const value = JSON.parse(stdout);
    const { error } = z.safeParse(RESULTS[shape]!, value);
    expect(error === undefined ? "" : `${z.prettifyError(error)} in ${stdout}`).toBe("");
  });
});

it("fields of an index's entries are documented", async () => {
  const { manifests } = JSON.parse((await run("inspect --json registry:alpine")).stdout);
  expect(new Set(manifests.flatMap(Object.keys))).toEqual(
    new Set(["mediaType", "digest", "size", "platform", "for"]),
  );
  const page = createJsonPage();
  for (const field of ["platform?: {", "for?: string;"]) expect(page).toContain(field);
});

it.each([
  ["copy", "copy oci-dir:images:old docker-archive:-"],
  ["build", "build --copy-to-root ./rootfs --cmd /bin/app oci-archive:-"],
  ["pull", "pull alpine@DIGEST -o -"],
  ["export", "export oci-dir:images:old"],
])(
  "the result of %s is the last line of standard error beside an archive",
  async (shape, words) => {
    const { stdout, stderr } = await run(`${words} --json`);
    expect(stdout).not.toContain('"images"');
    const line = stderr.trimEnd().split("\n").at(-1)!;
    expect(z.safeParse(RESULTS[shape]!, JSON.parse(line)).error).toBeUndefined();
  },
);

it("counts blobs as people see them, without manifests", async () => {
  const { stdout, stderr } = await run("copy --json --all registry:alpine oci-dir:counted:a");
  const { blobs, bytes } = JSON.parse(stdout);
  const [, count] = /copied (\d+) blobs?, /.exec(stderr) ?? [];
  expect(blobs.moved).toBe(Number(count));
  const again = await run("copy --dry-run --all registry:alpine oci-dir:counted-dry:a");
  expect(again.stdout).toContain(`would move ${count} blobs, `);
  const dry = await run("copy --dry-run --json --all registry:alpine oci-dir:counted-dry:a");
  expect(JSON.parse(dry.stdout).bytes).toBe(bytes);
});

describe("failures", () => {
  it.each([
    ["NOT_FOUND", "copy oci-dir:nowhere oci-dir:x"],
    ["USAGE", "copy a b --nope"],
    ["NETWORK", "digest registry:127.0.0.1:9/a"],
  ])("%s: %s", async (code, words) => {
    const { stdout, stderr } = await run(`${words} --json`);
    expect(stdout).toBe("");
    const value = JSON.parse(stderr.trimEnd().split("\n").at(-1)!);
    expect(z.parse(FAILURE, value)).toMatchObject({ error: { code } });
    expect(Object.keys(ERROR_CODES)).toContain(code);
  });
});

describe("events", () => {
  it("are a line each", async () => {
    const copy = "copy --progress json --compress zstd";
    const { stderr } = await run(`${copy} oci-dir:images:old docker-archive:events.tar:a:1`);
    const events = stderr.trimEnd().split("\n").map((line) => z.parse(EVENT, JSON.parse(line)));
    const types = (events as { type: string }[]).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(["plan", "start", "done", "notice", "committed"]));
    for (const event of events as { type: string; code?: string }[]) {
      if (event.type === "notice") expect(Object.keys(NOTICE_CODES)).toContain(event.code);
    }
  });
});

it("the version is said", async () => {
  const { stdout } = await run("--version --json");
  expect(JSON.parse(stdout)).toMatchObject({ version: PACKAGE.version, json: JSON_VERSION });
});
