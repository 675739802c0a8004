/** A hundred hours of the updater over HTTP: a feed that moves, places that fail, and a registry. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readChannelConfig } from "../../src/channels/update/config.ts";
import { updateChannel } from "../../src/channels/update/update.ts";
import { createUpdatePlaces } from "../../src/cli/verbs/base/update/places.ts";
import { temporaryFolder } from "../support/folder.ts";
import { tarFile } from "../support/images.ts";
import {
  type Fault,
  type LoggedRequest,
  problem,
  startRegistry,
} from "../support/registry-server.ts";
import { random as createRandom } from "../tar/support/random.ts";

const COUNT = 5;
const NIX = `/nix/store/${"a".repeat(32)}-nix-2.36.0`;

/** What goes wrong in an hour: which requests, and what becomes of them. */
type Failure = readonly [which: RegExp, fault: Fault];

const FAILURES: readonly Failure[] = [
  [/^GET \/feed$/, { answer: { status: 503 } }],
  [/^GET \/feed$/, { answer: { status: 404 } }],
  [/^GET \/feed$/, { answer: { status: 200, body: "<html>" } }],
  [/^GET \S+\.tar$/, { answer: { status: 404 } }],
  [/^GET \S+\.tar$/, { resetAfter: 100 }],
  [/^(GET|HEAD) \/v2\/\S+\/manifests\//, { answer: problem(401, "UNAUTHORIZED") }],
  [/^(GET|HEAD) \/v2\/\S+\/manifests\//, { answer: problem(403, "DENIED") }],
  [/^(GET|HEAD) \/v2\/\S+\/manifests\//, { answer: problem(429, "TOOMANYREQUESTS") }],
  [/^POST /, { answer: { status: 503 } }],
  [/^(POST|PUT|PATCH) /, { answer: problem(507, "UNKNOWN") }], // it is full
  [/^(PUT|PATCH) \S+\/uploads\//, { resetAfter: 10 }],
  [/^PUT \S+\/manifests\/[0-9a-f]{40}$/, { reset: true }],
  [/^PUT \S+\/manifests\/latest$/, { reset: true }],
  [/^PUT \S+\/manifests\/latest$/, { forget: true }],
];

const commitOf = (hour: number) => hour.toString(16).padStart(40, "0");

/** Writes a file of one channel at a registry, and the store and SPEC that it needs. */
async function writeChannel(url: string, host: string) {
  const folder = await temporaryFolder();
  await mkdir(join(folder, NIX), { recursive: true });
  const write = (name: string, value: unknown) =>
    writeFile(join(folder, name), JSON.stringify(value));
  await write("graph.json", [{ path: NIX, narSize: 1, references: [] }]);
  await write("channels.json", {
    image: `registry:${host}/bases/{channel}`,
    nixpkgs: `${url}/{commit}.tar`,
    spec: "base.json",
    count: COUNT,
    channels: [{ name: "unstable", feed: { url: `${url}/feed` } }],
  });
  const writeRecipe = (number: number) =>
    write("base.json", {
      store: ".",
      closure: "graph.json",
      nix: { package: NIX, settings: { cores: number } },
    });
  await writeRecipe(0);
  return { folder, writeRecipe };
}

/** A world whose clock is `run`: each call is an hour. */
async function createWorld() {
  const world = {
    history: [commitOf(0)],
    failure: undefined as Failure | undefined,
    /** The commits that a mirror behind does not have. */
    lag: 0,
    /** The requests until the run is ended. */
    life: Infinity,
  };
  let ending = new AbortController();
  const archives = new Map<string, Buffer>();
  const answer = ({ method, path }: LoggedRequest): Fault | undefined => {
    if (--world.life <= 0) ending.abort();
    const [which, fault] = world.failure ?? [];
    const isSpoilt = which?.test(`${method} ${path}`);
    if (isSpoilt && fault?.answer) return fault;
    const said = world.history.slice(0, world.history.length - world.lag);
    const body = path === "/feed" ? said.join("\n") : archives.get(path);
    return { ...body !== undefined && { answer: { status: 200, body } }, ...isSpoilt && fault };
  };
  const registry = await startRegistry({ onRequest: answer });
  const channel = await writeChannel(registry.url, registry.host);
  return {
    ...channel,
    world,
    tags: registry.repository("bases/unstable").tags,
    async publish(commit: string) {
      archives.set(`/${commit}.tar`, await tarFile({ "nixpkgs-1/default.nix": commit }));
      world.history.push(commit);
    },
    async run() {
      ending = new AbortController();
      const { signal } = ending;
      const transport = { signal, registry: { retry: 0 } };
      const config = await readChannelConfig(join(channel.folder, "channels.json"));
      const places = createUpdatePlaces(config, { transport, signal, maxSize: 0 });
      const before = registry.log.length;
      const report = await updateChannel(config.channels[0]!, {
        ...places,
        async makeImage(...asked) {
          // Programs of this Nix cannot run: test/e2e/base-images.test.ts has one whose can.
          return Object.assign(await places.makeImage(...asked), { test: async () => undefined });
        },
      }, { signal }).catch((error) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      const { status = "ended", code, commits = [] } = report ?? {};
      return { status, code, commits, requests: registry.log.slice(before) };
    },
  };
}

it(
  "a hundred hours: new commits alone are built, each once, and nothing is kept between hours",
  async () => {
    const { folder, world, tags, publish, run, writeRecipe } = await createWorld();
    world.history = [];
    await publish(commitOf(0));
    const files = await readdir(folder);
    const random = createRandom(15);
    const built = new Map<string, number>();
    const seen = new Set<string>();
    const told = new Map<string, number>();
    for (let hour = 1; hour <= 100; hour++) {
      if (random.chance(1 / 5)) await publish(commitOf(hour));
      if (random.chance(1 / 30)) await writeRecipe(hour);
      world.failure = random.chance(1 / 3) ? random.pick(FAILURES) : undefined;
      world.lag = world.history.length > 2 && random.chance(1 / 12) ? 1 + random.below(2) : 0;
      world.life = random.chance(1 / 8) ? 1 + random.below(30) : Infinity;
      const newest = world.history.at(-1 - world.lag)!;
      const before = new Map(tags);
      const { status, code, commits, requests } = await run();
      const outcome = code ?? status;
      told.set(outcome, (told.get(outcome) ?? 0) + 1);
      for (const [tag, digest] of before) {
        if (tag !== newest && tag !== "latest") expect(tags.get(tag)).toBe(digest);
      }
      for (const one of commits) {
        if (one.status === "built") built.set(one.commit, (built.get(one.commit) ?? 0) + 1);
        if (one.status !== "failed") expect(tags.has(one.commit)).toBe(true);
        if (tags.has(one.commit)) seen.add(one.commit);
      }
      const fetched = requests.flatMap(({ path }) => /^\/(\w{40})\.tar$/.exec(path)?.[1] ?? []);
      expect(new Set(fetched).size).toBe(fetched.length);
      expect(fetched.filter((commit) => commit !== newest && before.has(commit))).toEqual([]);
      if (status !== "current") continue;
      expect(requests.filter(({ method }) => !/^(GET|HEAD)$/.test(method))).toEqual([]);
      expect(fetched).toEqual([]);
      // Registries count those as pulls: of the newest image, by its two names.
      const pulls = requests.filter(({ method, path }) =>
        method === "GET" && path.includes("/manifests/")
      );
      expect(pulls.length).toBeLessThanOrEqual(2);
      expect(requests.length).toBeLessThan(4 * (COUNT + 2));
    }
    Object.assign(world, { failure: undefined, lag: 0, life: Infinity });
    // Each of them was met, and a mirror that is behind was refused.
    for (
      const outcome of ["updated", "current", "ended", "AUTH", "NETWORK", "NOT_FOUND", "REFUSED"]
    ) {
      expect([...told.keys()]).toContain(outcome);
    }
    await run();
    expect((await run()).status).toBe("current");
    for (const commit of world.history.slice(-COUNT)) expect(tags.has(commit)).toBe(true);
    expect(tags.get("latest")).toBe(tags.get(world.history.at(-1)!));
    expect([...built].filter(([, times]) => times > 1)).toEqual([]);
    expect(tags.size).toBe(seen.size + 1);
    expect(await readdir(folder)).toEqual(files);
  },
  300_000,
);
