/** Requests of what moves no layer: fewer than those that regctl (0.11) makes for the same. */
import { expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { openSink } from "../../transports/mod.ts";
import { image, sourceOf } from "../support/images.ts";
import { startRegistry } from "../support/registry-server.ts";
import { outcomes } from "./run.ts";

/** What is done in a repository of its own, ours, and how many requests regctl was seen to make. */
const JOBS = [
  {
    repository: "a",
    line: "tag registry:R/a:amd64 new",
    requests: ["GET manifests/amd64", "PUT manifests/new"],
    regctl: 3, // image copy R/a:amd64 R/a:new
  },
  {
    repository: "b",
    line: "index create -q registry:R/b:index registry:R/b:amd64 registry:R/b:arm64",
    requests: [
      ...["GET manifests/amd64", "GET manifests/arm64", "GET blobs", "GET blobs"],
      ...["HEAD manifests/index", "PUT manifests/index"],
    ],
    regctl: 13, // index create R/b:index --ref R/b:amd64 --ref R/b:arm64
  },
  {
    repository: "c",
    line: "mutate -q --label a=b registry:R/c:amd64 registry:R/c:other",
    requests: [
      ...["GET manifests/amd64", "GET blobs", "HEAD manifests/other"],
      ...["POST blobs", "PUT blobs", "PUT manifests/other"],
    ],
    regctl: 7, // image mod R/c:amd64 --label a=b --create R/c:other
  },
];

it("asks no more than has to be asked", async () => {
  const registry = await startRegistry();
  for (const { repository } of JOBS) {
    for (const architecture of ["amd64", "arm64"]) {
      const one = await image({ platform: { os: "linux", architecture } });
      await using to = await openSink(`registry:${registry.host}/${repository}:${architecture}`);
      await copy(sourceOf({ one }), to);
    }
  }
  registry.log.length = 0;
  const lines = JOBS.map(({ line }) => line.replaceAll("R/", `${registry.host}/`).split(" "));
  const results = await outcomes(lines);
  expect(results.map(({ status, stderr }) => [status, stderr])).toEqual(lines.map(() => [0, ""]));
  for (const { repository, requests, regctl } of JOBS) {
    const seen = registry.log.flatMap(({ method, path }) => {
      const [, name, what, rest = ""] = /^\/v2\/(\w)\/(\w+)(\/\w+)?/.exec(path) ?? [];
      return name === repository ? `${method} ${what}${what === "blobs" ? "" : rest}` : [];
    });
    // The two members of an index are read at the same time.
    expect(seen.sort()).toEqual([...requests].sort());
    expect(seen.length).toBeLessThan(regctl);
  }
});
