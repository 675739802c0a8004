/** What `pull` and `prefetch` open they let go of, also when the rest cannot be opened. */
import { expect, it, vi } from "vitest";

const disposed: string[] = [];
const resource = (name: string) => ({
  [Symbol.asyncDispose]: () => Promise.resolve(void disposed.push(name)),
});

vi.mock("../../../../transports/mod.ts", () => ({
  openSource: () => Promise.resolve(resource("source")),
  openSink: () => Promise.reject(new Error("no room")),
}));

const { pullAs } = await import("../../../../src/cli/verbs/pull/run.ts");
const { readPullTask } = await import("../../../../src/cli/verbs/pull/task.ts");

it("lets go of the source when the destination cannot be opened", async () => {
  const flags = {
    digest: `sha256:${"a".repeat(64)}`,
    to: "oci-dir:out",
    progress: "none" as const,
    os: "linux",
    output: undefined,
    arch: undefined,
    variant: undefined,
    hash: undefined,
    jobs: undefined,
    tmpdir: undefined,
    "final-image-name": undefined,
    "final-image-tag": undefined,
  };
  const io = {
    access: {},
    signal: new AbortController().signal,
    print: () => {},
    write: () => {},
    claimOutput: () => {},
    notice: () => {},
  };
  await expect(pullAs(readPullTask("alpine", flags), flags, io)).rejects.toThrow("no room");
  expect(disposed).toEqual(["source"]);
});
