/** Nix beside `nixoci serve --nix-cache`: what was built into images comes back as store paths. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServe } from "../cli/verbs/serve/start.ts";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { makeSmallStore, removeNixStore, type SmallStore } from "./support/nix-store.ts";
import { lacks, peers } from "./support/peers.ts";

const NIX = ["nix", "--extra-experimental-features", "nix-command"];

const folder = () => mkdtemp(join(peers.folder, "nix-cache-"));

describe.skipIf(lacks("nix", "busybox", "root"))("nixoci serve --nix-cache", () => {
  let small: SmallStore;
  let keys: { readonly secret: string; readonly public: string };

  beforeAll(async () => {
    small = await makeSmallStore(await folder());
    const [secret, open] = ["key.sec", "key.pub"].map((name) => join(small.root, name));
    await run(["nix-store", "--generate-binary-cache-key", "test-1", secret!, open!]);
    keys = { secret: secret!, public: (await readFile(open!, "utf8")).trim() };
  });

  afterAll(() => removeNixStore(small.root));

  /** Copies the closure of hello into an empty store, and proves it there. */
  async function copyFrom(url: string): Promise<void> {
    const root = await folder();
    const trusted = ["--option", "trusted-public-keys", keys.public];
    await run([...NIX, "copy", ...trusted, "--from", url, "--to", root, small.hello], peers);
    await run(["nix-store", "--store", root, "--verify", "--check-contents"]);
    const list = (store: string) => run(["nix-store", "--store", store, "-qR", small.hello]);
    expect(await list(root)).toBe(await list(small.root));
    expect(await readFile(join(root, small.data, "share/message"), "utf8"))
      .toBe("hello from data\n");
    await removeNixStore(root);
  }

  async function writeSpec(): Promise<string> {
    const spec = join(await folder(), "app.json");
    const config = { Cmd: [`${small.hello}/bin/hello`] };
    await writeFile(spec, JSON.stringify({ contents: [small.hello], config, store: small.root }));
    return spec;
  }

  test.each(["gzip", "zstd", "none"])(
    "gives out of layers (%s) what Nix verifies, with a closure beside the image",
    async (compression) => {
      const layouts = await folder();
      const how = ["--attach-closure", "--compress", compression];
      const words = ["build", "-q", await writeSpec(), `oci-dir:${layouts}/app:1`];
      await run(nixociCommand(...words, ...how), peers);
      const serve = ["--layouts", layouts, "--nix-cache", "--nix-key", keys.secret];
      const server = await startServe(serve);
      await copyFrom(server.url);
    },
  );

  test("gives the paths of a SPEC that nobody has built, by what the store knows", async () => {
    const words = ["--nix-cache", "--nix-key", keys.secret, "--store", small.root];
    const server = await startServe([...words, await writeSpec()]);
    await copyFrom(server.url);
  });

  test("is taken by nobody without the key, and has nothing but what images have", async () => {
    const words = ["--nix-cache", "--store", small.root];
    const server = await startServe([...words, await writeSpec()]);
    const root = await folder();
    const unsigned = await attempt(
      [...NIX, "copy", "--from", server.url, "--to", root, small.hello],
      { env: peers.env },
    );
    expect(unsigned.status).not.toBe(0);
    expect(unsigned.stderr).toContain("lacks a valid signature");
    const other = await fetch(`${server.url}/${"a".repeat(32)}.narinfo`);
    expect(other.status).toBe(404);
    await removeNixStore(root);
  });
});
