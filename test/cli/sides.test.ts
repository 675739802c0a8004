import { expect, it } from "vitest";
import { sideOptions } from "../../src/cli/sides.ts";

const context = { signal: new AbortController().signal, onNotice: () => {} };

it("without flags there is nothing but the context", () => {
  expect(sideOptions({}, context)).toEqual({ ...context, registry: {} });
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
  expect(sideOptions(flags, context, "src-")).toEqual({
    ...context,
    host: "unix:///a",
    registry: { creds: "me:both", tlsVerify: true },
  });
  expect(sideOptions(flags, context, "dest-")).toEqual({
    ...context,
    host: "unix:///a",
    sharedBlobDir: "blobs",
    registry: { creds: "me:there", tlsVerify: false, anonymous: true },
  });
});
