/** `base update` with feeds and registries that fail: what is said of it, to people and programs. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { describe, expect, it } from "vitest";
import { RESULTS } from "../../../src/cli/docs/json/shapes.ts";
import { UPDATE_EVENT } from "../../../src/cli/docs/json/updates.ts";
import { createUpdatePlaces } from "../../../src/cli/verbs/base/update/places.ts";
import { temporaryFolder } from "../../support/folder.ts";
import {
  type Fault,
  type LoggedRequest,
  problem,
  startRegistry,
} from "../../support/registry-server.ts";
import { outcomes } from "../run.ts";

const [OLD, NEW] = ["a".repeat(40), "b".repeat(40)];

const answer = (status: number, body: string, headers = {}): Fault => ({
  answer: { status, body, headers },
});

/** Feeds, by their paths; and a registry of whose repositories one lets nobody in. */
function spoilRequest({ path }: LoggedRequest): Fault | undefined {
  if (path === "/lines") return answer(200, `${OLD} 1\n${NEW} 2\n`);
  if (path === "/json") return answer(200, JSON.stringify({ data: [{ commit: NEW }] }));
  if (path === "/page") return answer(200, "<html>");
  if (path === "/busy") return answer(429, "", { "retry-after": "0" });
  if (path === "/down") return answer(503, "");
  return path.startsWith("/v2/closed/") ? { answer: problem(403, "DENIED") } : undefined;
}

/** Writes a file of channels with these feeds; each has the name of its feed. */
async function writeChannels(url: string, host: string, names: readonly string[]) {
  const file = join(await temporaryFolder(), "channels.json");
  const channels = names.map((name) => ({
    name,
    feed: { url: `${url}/${name}`, ...name === "json" && { path: "data.0.commit" } },
  }));
  const closed = {
    name: "closed",
    feed: { url: `${url}/lines` },
    image: `registry:${host}/closed/c`,
  };
  const all = { image: `registry:${host}/{channel}`, nixpkgs: "{commit}", spec: "base.json" };
  await writeFile(file, JSON.stringify({ ...all, channels: [...channels, closed] }));
  return file;
}

describe("base update", () => {
  it("goes on with other channels where one fails, and says which and why", async () => {
    const { url, host } = await startRegistry({ onRequest: spoilRequest });
    const file = await writeChannels(url, host, ["page", "lines", "busy", "json", "down", "gone"]);
    const words = ["base", "update", "--dry-run", "--retry", "1", file];
    const [programs, people] = await outcomes([
      [...words, "--json", "--progress", "json", "--jobs", "3"],
      words,
    ]);
    const { channels } = z.parse(RESULTS["base update"]!, JSON.parse(programs!.stdout)) as {
      readonly channels: readonly { readonly name: string; readonly code?: string }[];
    };
    expect(channels.map(({ name, code }) => `${name} ${code}`)).toEqual([
      "page MALFORMED",
      "lines undefined",
      "busy NETWORK",
      "json undefined",
      "down NETWORK",
      "gone NOT_FOUND",
      "closed AUTH",
    ]);
    expect(channels[1]).toEqual({
      name: "lines",
      status: "would update",
      commits: [NEW, OLD].map((commit) => ({ commit, status: "would build" })),
    });
    const events = programs!.stderr.trimEnd().split("\n")
      .map((line) => z.parse(UPDATE_EVENT, JSON.parse(line)) as Record<string, string>);
    const told = (type: string, channel: string) =>
      events.filter((event) => event.type === type && event.channel === channel);
    expect(told("commit", "lines").map(({ commit }) => commit)).toEqual([NEW, OLD]);
    expect(told("channel", "busy")).toMatchObject([{ status: "failed", code: "NETWORK" }]);
    expect(events.filter(({ type }) => type === "notice")).not.toEqual([]);
    expect([programs!.status, people!.status]).toEqual([1, 1]);
    expect(people!.stdout).toContain(
      `busy: failed (NETWORK): Cannot read the feed of busy: ${host}`,
    );
    expect(people!.stderr).toContain(`lines: ${NEW.slice(0, 12)} would build`);
  });

  it("says on one line why the commits of a channel failed, though nothing else is told", async () => {
    const { url, host } = await startRegistry({ onRequest: spoilRequest });
    const file = await writeChannels(url, host, ["lines"]);
    const [done] = await outcomes([["base", "update", "-q", "--retry", "0", file]]);
    expect(done!.stdout).toMatch(
      new RegExp(`^lines: failed: ${NEW.slice(0, 12)} \\(and 1 more\\): .*base\\.json.*\n`),
    );
    expect([done!.status, done!.stderr]).toEqual([1, ""]);
  });

  it("takes a layout that is not there yet for one without images", async () => {
    const file = join(await temporaryFolder(), "channels.json");
    const made = { image: "oci-dir:bases", nixpkgs: "{commit}", spec: "base.json" };
    const channels = [{ name: "a", feed: { command: ["echo", `${OLD}\n${NEW}`] } }];
    await writeFile(file, JSON.stringify({ ...made, channels }));
    const [done] = await outcomes([["base", "update", "--dry-run", "-q", file]]);
    expect([done!.status, done!.stdout]).toEqual([0, "a: would update\n"]);
  });

  it("refuses an archive that has more bytes than it may", async () => {
    const { url, host } = await startRegistry({
      onRequest: (request) =>
        request.path.startsWith("/archive/") ? answer(200, "12345") : spoilRequest(request),
    });
    const file = join(await temporaryFolder(), "channels.json");
    const made = {
      image: `registry:${host}/c`,
      nixpkgs: `${url}/archive/{commit}`,
      spec: "no.json",
    };
    const channels = [{
      name: "json",
      feed: { url: `${url}/json`, path: "data.0.commit" },
      ...made,
    }];
    await writeFile(file, JSON.stringify({ channels }));
    const words = ["base", "update", "-q", "--json", "--max-archive-size"];
    const done = await outcomes(["4", "5"].map((most) => [...words, most, file]));
    const reasons = done.map(({ stdout }) => JSON.parse(stdout).channels[0].commits[0].reason);
    expect(reasons[0]).toBe(
      "Cannot fetch the nixpkgs of json: it has more than 4 bytes; " +
        "if that is right, --max-archive-size allows more (0: any)",
    );
    expect(reasons[1]).toContain("no.json"); // it has come as far as the SPEC
  });

  it("works on a part of the channels, so that all parts are all of them", async () => {
    const { url, host } = await startRegistry({ onRequest: spoilRequest });
    const file = await writeChannels(url, host, ["lines", "json", "page"]);
    const parts = ["1/3", "2/3", "3/3", "4/4", "4/3", "0/3", "1"];
    const done = await outcomes(
      parts.map((part) => ["base", "update", "--dry-run", "--json", "--shard", part, file]),
    );
    const names = done.slice(0, 4).map(({ stdout }) =>
      JSON.parse(stdout).channels.map(({ name }: { readonly name: string }) => name)
    );
    expect(names).toEqual([["lines", "closed"], ["json"], ["page"], ["closed"]]);
    expect(done.map(({ status }) => status)).toEqual([1, 0, 1, 1, 2, 2, 2]);
  });

  it("works on so many channels at a time", async () => {
    let meet = (): void => {};
    const both = new Promise<void>((resolve) => meet = resolve);
    let asked = 0;
    const { url, host } = await startRegistry({
      // Neither gets an answer before both have asked.
      onRequest: async (request) => {
        if (!/^\/(lines|json)$/.test(request.path)) return spoilRequest(request);
        if (++asked === 2) meet();
        await both;
        return spoilRequest(request);
      },
    });
    const file = await writeChannels(url, host, ["lines", "json"]);
    const words = ["base", "update", "--dry-run", "-q", "--json", file, "--jobs"];
    const [two, none] = await outcomes([[...words, "2"], [...words, "0"]]);
    expect(JSON.parse(two!.stdout).channels).toMatchObject([
      { status: "would update" },
      { status: "would update" },
      { status: "failed" },
    ]);
    expect([two!.stderr, none!.status]).toEqual(["", 2]);
  });
});

describe("an image is missing where the registry says so, and nowhere else", () => {
  const page: Fault = answer(404, "<html>");
  it.each<[number | string, string, Fault]>([
    [404, "missing", { answer: problem(404, "MANIFEST_UNKNOWN") }],
    [404, "missing", { answer: problem(404, "NAME_UNKNOWN") }],
    ["a proxy's 404", "NOT_FOUND", page],
    [401, "AUTH", { answer: problem(401, "UNAUTHORIZED") }],
    [403, "AUTH", { answer: problem(403, "DENIED") }],
    [400, "REFUSED", { answer: problem(400, "UNSUPPORTED") }],
    [429, "NETWORK", { answer: problem(429, "TOOMANYREQUESTS") }],
    [500, "NETWORK", { answer: problem(500, "UNKNOWN") }],
    [503, "NETWORK", answer(503, "<html>")],
  ])("%s is %s", async (_what, expected, fault) => {
    const { host } = await startRegistry({
      onRequest: ({ path }) => path === "/v2/" ? undefined : fault,
    });
    const { signal } = new AbortController();
    const transport = { signal, registry: { retry: 0 } };
    const places = createUpdatePlaces({ folder: "." }, { transport, signal, maxSize: 0 });
    const image = `registry:${host}/c`;
    const channel = {
      name: "c",
      feed: {},
      image,
      count: 1,
      nixpkgs: "",
      spec: "",
      latest: "latest",
    };
    const found = await Promise.all(
      [places.findImage(channel, "latest"), places.hasImage(channel, "latest")].map((asking) =>
        asking.then((image) => image ? "there" : "missing", ({ code }) => code)
      ),
    );
    expect(found).toEqual([expected, expected]);
  });
});
