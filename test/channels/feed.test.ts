/** Feeds: what is a commit, and what a page for people. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Feed, listCommits, readFeed } from "../../src/channels/feed/feed.ts";
import { readChannelConfig } from "../../src/channels/update/config.ts";
import { fetchUrl } from "../../transports/registry/fetch-url.ts";
import { spawned } from "../cli/run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startRegistry } from "../support/registry-server.ts";
import { lacks } from "../support/tools.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)];

const reasonOf = async (work: Promise<unknown>) =>
  await work.then(() => "", ({ code, message }) => `${code} ${message}`);

describe("feeds", () => {
  it("are lines, the newest last, or JSON with a path", async () => {
    expect(listCommits(`${A} 1 2\r\n${B} 3 4\r\n\r\n`, {}, "it")).toEqual([A, B]);
    const json = JSON.stringify({ data: [{ commits: [B, A] }] });
    expect(listCommits(json, { path: "data.0.commits" }, "it")).toEqual([B, A]);
    expect(listCommits(JSON.stringify([{ rev: A }]), { path: "0.rev" }, "it")).toEqual([A]);
    const lines = ["printf", `${A}\\n${B}\\n${A}\\n`];
    expect(await readFeed({ command: lines }, "x")).toEqual([A, B]);
    expect(await readFeed({ command: lines, newestFirst: true }, "x")).toEqual([A, B]);
  });

  it.each([
    ["<html>", "it has no commits: line 1 is not 40 digits of base 16"],
    [A.slice(1), "it has no commits: line 1 is not 40 digits of base 16"],
    [`${A}\n${B.toUpperCase()}`, "it has no commits: line 2 is not 40 digits of base 16"],
    ["", "it has no commits"],
  ])("are refused where they are something else: %j", (answer, message) => {
    expect(() => listCommits(answer, {}, "it")).toThrow(message);
  });

  it.each([
    ["data.0.commit", 'it has nothing at data.0.commit: there is no "commit" in data.0'],
    ["dat.0.rev", 'it has nothing at dat.0.rev: there is no "dat" in its JSON'],
    ["data.rev", 'it has nothing at data.rev: there is no "rev" in data'],
    ["data.7.rev", 'it has nothing at data.7.rev: there is no "7" in data'],
    ["constructor", 'it has nothing at constructor: there is no "constructor" in its JSON'],
    ["data", "it has no commits: entry 1 of data is not 40 digits of base 16"],
    ["none", "it has no commits: none is an empty list"],
  ])("are refused where their JSON has no commits at %s", (path, message) => {
    const answer = JSON.stringify({ data: [{ rev: A }], none: [] });
    expect(() => listCommits(answer, { path }, "it")).toThrow(message);
    expect(() => listCommits("<html>", { path }, "it")).toThrow(
      expect.objectContaining({ message: "it is not valid JSON", hint: expect.any(String) }),
    );
  });

  it("say what went wrong on the way", async () => {
    const { host, url } = await startRegistry({
      onRequest: () => ({ answer: { status: 200, body: "<html>" } }),
    });
    const ask = (feed: Feed) => reasonOf(readFeed(feed, "x", { fetchUrl }));
    expect(await ask({ url: `${url}/gone` }))
      .toBe("MALFORMED the feed of x has no commits: line 1 is not 40 digits of base 16");
    expect(await ask({ url: `ftp://${host}/` }))
      .toBe(`USAGE Cannot read the feed of x: "ftp://${host}/" is not a web address`);
    expect(await reasonOf(readFeed({ url }, "x"))).toBe("USAGE the feed of x is a URL");
    expect(await ask({ command: ["sh", "-c", "echo no such thing >&2; exit 3"] }))
      .toBe("FAILED Cannot read the feed of x: sh: no such thing");
    expect(await ask({ command: ["sh", "-c", "kill -9 $$"] }))
      .toBe("FAILED Cannot read the feed of x: sh: it was ended by SIGKILL");
    expect(await ask({ command: ["yes"] }))
      .toBe("FAILED Cannot read the feed of x: yes: it says more than 4 MiB");
    expect(await ask({ command: ["/no/such/program"] })).toMatch(
      /^FAILED Cannot read the feed of x: /,
    );
  });

  it.skipIf(lacks("git"))("are branches of a real repository", async () => {
    const folder = await temporaryFolder();
    const git = async (...words: string[]) => {
      const who = ["-c", "user.name=me", "-c", "user.email=me@example.org"];
      const { stdout, stderr, status } = await spawned("git", ["-C", folder, ...who, ...words]);
      expect([status, stderr]).toEqual([0, expect.anything()]);
      return stdout.trim();
    };
    await git("init", "--quiet", "--initial-branch", "nixos-unstable");
    await git("commit", "--quiet", "--allow-empty", "--message", "one");
    await git("branch", "nixos-unstable-small");
    await git("commit", "--quiet", "--allow-empty", "--message", "two");
    const [one, two] = [await git("rev-parse", "HEAD^"), await git("rev-parse", "HEAD")];
    const read = (branch: string, repository: string) =>
      readFeed({ git: repository, branch }, "x", { folder });
    expect(await read("nixos-unstable", `file://${folder}`)).toEqual([two]);
    expect(await read("nixos-unstable-small", folder)).toEqual([one]);
    expect(await read("nixos-unstable", ".")).toEqual([two]);
    expect(await reasonOf(read("nixos", folder)))
      .toBe("NOT_FOUND Cannot read the feed of x: its repository has no refs/heads/nixos");
    expect(await reasonOf(read("nixos", `--upload-pack=touch ${folder}/x`)))
      .toMatch(/^FAILED Cannot read the feed of x: git: /);
    expect(await reasonOf(read("b", `${folder}/nowhere`)))
      .toMatch(/^FAILED Cannot read the feed of x: git: fatal: .*nowhere/);
    const closed = await reasonOf(read("b", "http://somebody:secret@127.0.0.1:9/nixpkgs"));
    expect(closed).toMatch(/^FAILED Cannot read the feed of x: git: .*127\.0\.0\.1/);
    expect(closed).not.toMatch(/secret|somebody/);
  });
});

describe("the file of channels", () => {
  const read = async (value: unknown) => {
    const file = join(await temporaryFolder(), "channels.json");
    await writeFile(file, JSON.stringify(value));
    return readChannelConfig(file).catch(({ message }) =>
      message.replace(/^.*channels\.json/, "FILE")
    );
  };
  const feed = { url: "http://feed" };
  const all = {
    image: "registry:here/{channel}",
    nixpkgs: "{commit}",
    spec: ["s", "{channel}", "{commit}"],
  };

  it("gives each channel what is said for all", async () => {
    const { channels } = await read({ ...all, channels: [{ name: "a", feed, count: 2 }] });
    expect(channels).toEqual([{
      name: "a",
      feed,
      image: "registry:here/a",
      nixpkgs: "{commit}",
      spec: ["s", "a", "{commit}"],
      count: 2,
      latest: "latest",
    }]);
  });

  it("may be YAML", async () => {
    const file = join(await temporaryFolder(), "channels.yaml");
    await writeFile(
      file,
      'image: a\nnixpkgs: "{commit}"\nspec: s\nchannels:\n- name: c\n  feed: {git: g}\n',
    );
    expect((await readChannelConfig(file)).channels).toMatchObject([{
      name: "c",
      feed: { git: "g" },
    }]);
  });

  it.each<[string, object, string]>([
    ["no feed", { channels: [{ name: "a", feed: {} }] }, "feed: it has 0 of url, git and command"],
    [
      "two names",
      { channels: [{ name: "a", feed }, { name: "a", feed }] },
      "name: a is there twice",
    ],
    [
      "one nixpkgs for all commits",
      { nixpkgs: ["get", "{channel}"], channels: [{ name: "a", feed }] },
      "nixpkgs: it has no {commit}",
    ],
    [
      "one newest image for two channels",
      { image: "registry:here/x", channels: [{ name: "a", feed }, { name: "b", feed }] },
      "image: the newest image of a is registry:here/x:latest, and that of b, too",
    ],
    ["no image", { image: undefined, channels: [{ name: "a", feed }] }, "image: it is not there"],
    [
      "a branch of HTTP",
      { channels: [{ name: "a", feed: { ...feed, branch: "b" } }] },
      "no meaning",
    ],
    ["a path in git", { channels: [{ name: "a", feed: { git: "g", path: "b" } }] }, "no meaning"],
    ["no words", { channels: [], spec: [] }, "spec: must be a program with its arguments"],
    ["a number", { channels: [], spec: 1 }, "spec: must be a text, or a list"],
    ["a count of 0", { channels: [], count: 0 }, "count: must be a whole number, 1 or more"],
    ["another field", { chanels: [], channels: [] }, '"chanels" is not a field of the file'],
    ["no object", [], "the file: must be an object with channels"],
  ])("is refused with the line of what is wrong: %s", async (_what, value, message) => {
    const file = join(await temporaryFolder(), "channels.json");
    const whole = Array.isArray(value) ? value : { ...all, ...value };
    await writeFile(file, JSON.stringify(whole, null, 2));
    await expect(readChannelConfig(file)).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringMatching(/channels\.json(:\d+)?: /),
    });
    await expect(readChannelConfig(file)).rejects.toThrow(message);
  });
});
