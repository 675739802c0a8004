import { expect, it } from "vitest";
import { listIdleFlags, readSideOptions } from "../../../src/cli/kit/sides.ts";

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

it("flags that no place has a use for are found, on the side that they are for", () => {
  const idle = (flags: object, source: string, destination: string) =>
    listIdleFlags(flags, { source, destination }).map(({ flag }) => flag);
  const host = { host: "unix:///a", retry: "3", "max-ratio": "9" };
  expect(idle(host, "oci-dir", "docker-archive")).toEqual(["--host"]);
  for (const engine of ["daemon", "podman", "containers-storage"]) {
    expect(idle(host, engine, "oci-dir")).toEqual([]);
    expect(idle({ "src-host": "unix:///a" }, "oci-dir", engine)).toEqual(["--src-host"]);
    expect(idle({ "dest-host": "unix:///a" }, "oci-dir", engine)).toEqual([]);
  }
  expect(idle({ creds: "a:b", "dest-tls-verify": false }, "registry", "oci-dir"))
    .toEqual(["--dest-tls-verify"]);
  expect(listIdleFlags(host, { source: "oci-dir", destination: "dir" }))
    .toEqual([{ flag: "--host", schemes: ["daemon", "podman", "containers-storage"] }]);
});
