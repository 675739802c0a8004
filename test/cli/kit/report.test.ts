import { expect, it } from "vitest";
import { markSide, NixociError, wrapError } from "../../../src/base/errors.ts";
import { reportFailure } from "../../../src/cli/kit/report.ts";

const cause = new NixociError("DIGEST", "sha256:aa has the wrong content", {
  hint: "fetch it again",
});
const failure = wrapError(cause, "Cannot copy a to b");
const plain = { json: false, debug: false };

it("is one line, with what to do", () => {
  expect(reportFailure(failure, plain)).toEqual({
    text: "nixoci: Cannot copy a to b: sha256:aa has the wrong content; fetch it again\n",
    status: 1,
  });
});

it("is one JSON value with --json", () => {
  const { text } = reportFailure(failure, { json: true, debug: false });
  expect(JSON.parse(text)).toEqual({
    error: {
      code: "DIGEST",
      message: "Cannot copy a to b: sha256:aa has the wrong content",
      hint: "fetch it again",
    },
  });
});

it("says with --json which side of a copy failed", () => {
  const error = wrapError(markSide("destination", new Error("no")), "layer x");
  const { error: { side } } = JSON.parse(reportFailure(error, { json: true, debug: false }).text);
  expect(side).toBe("destination");
});

it("adds the chain of causes with --debug", () => {
  const lines = reportFailure(failure, { json: false, debug: true }).text.split("\n");
  expect(lines[0]).toMatch(/^nixoci: Cannot copy/);
  expect(lines.some((line) => /^ {2}caused by: NixociError: sha256:aa/.test(line))).toBe(true);
  expect(lines.some((line) => line.includes("report.test.ts"))).toBe(true);
});

it("tells a bug of ours from the user's trouble", () => {
  const { text, status } = reportFailure(new TypeError("x is not a function"), plain);
  expect(text).toBe(
    "nixoci: Unexpected failure (a bug in nixoci): x is not a function; " +
      "run it again with --debug to see where, and report it\n",
  );
  expect(status).toBe(1);
});

it("does not take the system's troubles for its own", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  expect(reportFailure(full, plain).text).toBe("nixoci: Cannot go on: no space left on device\n");
  const { text } = reportFailure(Object.assign(full, { path: "a/b" }), plain);
  expect(text).toBe("nixoci: Cannot go on, for a/b: no space left on device\n");
});

it("has the status 2 for wrong usage, wherever it was found", () => {
  const usage = wrapError(new NixociError("USAGE", "no such scheme"), "Cannot open x");
  expect(reportFailure(usage, plain).status).toBe(2);
});

it("says that the reader of an archive has gone", () => {
  const epipe = Object.assign(new Error("write EPIPE"), { code: "EPIPE", syscall: "write" });
  expect(reportFailure(wrapError(epipe, "Cannot write -"), plain)).toEqual({
    text: "nixoci: Cannot write -: the reader went away\n",
    status: 1,
  });
});

it("cuts what is longer than any path, and nothing else", () => {
  const report = (word: string) =>
    reportFailure(new NixociError("USAGE", `there is no ${word} here`), plain);
  const path = `/${"p".repeat(4094)}`;
  expect(report(path).text).toBe(`nixoci: there is no ${path} here\n`);
  expect(report("w".repeat(100_000)).text).toBe(
    `nixoci: there is no ${"w".repeat(200)}…${"w".repeat(50)} here\n`,
  );
});

it("does not print control characters", () => {
  const { text } = reportFailure(new NixociError("IO", "Cannot read \x1b]0;x\x07\nfile"), plain);
  expect(text).toBe("nixoci: Cannot read \\x1b]0;x\\x07\\nfile\n");
});
