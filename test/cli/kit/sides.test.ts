import { expect, it } from "vitest";
import { readSideOptions } from "../../../src/cli/kit/sides.ts";

const { signal } = new AbortController();
const notice = () => {};
const context = { signal, notice };
const always = { signal, onNotice: notice };

it("without flags there is nothing but the context", () => {
  expect(readSideOptions({}, context)).toEqual({ ...always, registry: {} });
});

it.each([
  [{ "src-no-creds": true }, { anonymous: true }],
  [{ "src-registry-token": "t" }, { token: "t" }],
  [{ "src-authfile": "own" }, { authFile: "own" }],
  [{ "src-creds": "c:d" }, { creds: "c:d" }],
])("%j replaces what both sides were told of who asks", (own, registry) => {
  for (const both of [{ creds: "a:b" }, { "registry-token": "x" }, { authfile: "all" }]) {
    expect(readSideOptions({ ...both, ...own }, context, "src-")).toEqual({ ...always, registry });
    expect(readSideOptions({ ...both, ...own }, context, "dest-"))
      .toEqual({ ...always, ...readSideOptions(both, context) });
  }
});

it("a flag without prefix is for both sides, one with prefix wins on its side", () => {
  const flags = {
    creds: "me:both",
    "dest-creds": "me:there",
    "tls-verify": false,
    "src-tls-verify": true,
    "dest-no-creds": true,
    host: "unix:///a",
    "dest-shared-blob-dir": "blobs",
  };
  expect(readSideOptions(flags, context, "src-")).toEqual({
    ...always,
    host: "unix:///a",
    registry: { creds: "me:both", tlsVerify: true },
  });
  expect(readSideOptions(flags, context, "dest-")).toEqual({
    ...always,
    host: "unix:///a",
    sharedBlobDir: "blobs",
    registry: { creds: "me:there", tlsVerify: false, anonymous: true },
  });
});
