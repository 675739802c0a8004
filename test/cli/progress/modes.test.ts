import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { beginProgress } from "../../../src/cli/progress/mod.ts";
import { blob, done, making, moved, plan, Screen, start, writing } from "./display.ts";

const [a, b, c] = [blob("a", 1_000_000), blob("b", 2_000_000), blob("c", 3_000_000)];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function log() {
  let text = "";
  return {
    write: (more: string) => void (text += more),
    lines: () => text.split("\n").slice(0, -1),
  };
}

describe("on a terminal", () => {
  it("draws the layers on their way over themselves, and lets finished ones stay", () => {
    const screen = new Screen();
    const { onEvent, stop } = beginProgress("auto", screen, { TERM: "xterm", NO_COLOR: "1" });
    for (const event of [plan(a, b, c), done(c, "exists"), start(a), start(b)]) onEvent(event);
    vi.advanceTimersByTime(1000);
    onEvent(moved(a, 500_000));
    vi.advanceTimersByTime(100);
    expect(screen.screen()).toEqual([
      expect.stringMatching(/^layer aaaaaaaaaaaa .* 500 kB of +1\.0 MB/),
      expect.stringMatching(/^layer bbbbbbbbbbbb .* 0 B of +2\.0 MB/),
      expect.stringMatching(/^total 1 of 3 blobs +3\.5 MB of 6\.0 MB/),
    ]);
    expect(screen.cursor).toBe(false);

    onEvent(done(a));
    onEvent({ type: "notice", code: "RETRY", message: "trying\x1b[2Jagain" });
    vi.advanceTimersByTime(100);
    expect(screen.screen()).toEqual([
      "layer aaaaaaaaaaaa   1.0 MB  done in 1.1 s",
      "nixoci: trying\\x1b[2Jagain",
      expect.stringMatching(/^layer bbbbbbbbbbbb /),
      expect.stringMatching(/^total 2 of 3 blobs /),
    ]);

    onEvent(done(b));
    stop(true);
    expect(screen.screen()).toEqual([
      "layer aaaaaaaaaaaa   1.0 MB  done in 1.1 s",
      "nixoci: trying\\x1b[2Jagain",
      "layer bbbbbbbbbbbb   2.0 MB  done in 1.2 s",
      "copied 2 blobs, 3.0 MB in 1.2 s (1 there before)",
    ]);
    expect(screen.cursor).toBe(true);
  });

  it("shows what is being packed, and how much was", () => {
    const screen = new Screen();
    const { onEvent, stop } = beginProgress("tty", screen, { NO_COLOR: "1" });
    vi.advanceTimersByTime(100);
    expect(screen.screen()).toEqual(["preparing"]);
    onEvent(making(a, 1_000_000));
    onEvent(making(b, 500_000));
    vi.advanceTimersByTime(100);
    expect(screen.screen()).toEqual([
      expect.stringMatching(/^packing bbbbbbbbbbbb .* 500 kB of +2\.0 MB/),
      expect.stringMatching(/^packed 1 layer {2}1\.5 MB read {2}/),
    ]);
    stop(false);
  });

  it("shows what is written before it has a name", () => {
    const screen = new Screen();
    const { onEvent, stop } = beginProgress("tty", screen, { NO_COLOR: "1" });
    onEvent(writing(0));
    vi.advanceTimersByTime(1000);
    onEvent(writing(500_000));
    vi.advanceTimersByTime(100);
    expect(screen.screen()).toEqual([expect.stringMatching(/^written 500 kB {2}\d+ kB\/s$/)]);
    onEvent(done(a));
    stop(true);
    expect(screen.screen()).toEqual([
      "layer aaaaaaaaaaaa   1.0 MB  done in 1.1 s",
      "copied 1 blob, 1.0 MB in 1.1 s",
    ]);
  });

  it("draws at most ten times a second", () => {
    const screen = new Screen();
    const write = vi.spyOn(screen, "write");
    const { onEvent, stop } = beginProgress("tty", screen, {});
    onEvent(start(a));
    for (let i = 0; i < 1000; i++) {
      onEvent(moved(a, i * 1000));
      vi.advanceTimersByTime(1);
    }
    expect(write.mock.calls.length).toBeLessThanOrEqual(10);
    stop(false);
  });

  it("shows as many layers as fit, and how many do not", () => {
    const screen = new Screen(60, 5);
    const { onEvent, stop } = beginProgress("tty", screen, {});
    const blobs = [..."0123456789"].map((digit) => blob(digit, 1000));
    onEvent(plan(...blobs));
    for (const one of blobs) onEvent(start(one));
    vi.advanceTimersByTime(100);
    expect(screen.screen()).toEqual([
      expect.stringMatching(/^layer 000/),
      expect.stringMatching(/^layer 111/),
      "and 8 more",
      expect.stringMatching(/^total 0 of 10 blobs/),
    ]);
    for (const line of screen.screen()) expect(line.length).toBeLessThan(60);
    stop(false);
  });

  it("goes further up when the terminal became narrower and wrapped the lines", () => {
    const screen = new Screen(80, 24);
    const { onEvent, stop } = beginProgress("tty", screen, {});
    onEvent(start(a));
    vi.advanceTimersByTime(100);
    const write = vi.spyOn(screen, "write");
    screen.columns = 40;
    vi.advanceTimersByTime(100);
    // A line of 79 columns takes two rows on 40, a short one still one.
    expect(write.mock.calls[0]![0]).toContain("\x1b[3A");
    stop(false);
  });

  it("is coloured unless NO_COLOR is set", () => {
    const drawn = (env: NodeJS.ProcessEnv) => {
      const screen = new Screen();
      const write = vi.spyOn(screen, "write");
      const { onEvent, stop } = beginProgress("tty", screen, env);
      onEvent(start(a));
      vi.advanceTimersByTime(100);
      stop(false);
      return write.mock.calls.join("");
    };
    expect(drawn({})).toContain("\x1b[36m");
    expect(drawn({ NO_COLOR: "1" })).not.toContain("\x1b[36m");
    expect(drawn({ TERM: "dumb" })).not.toContain("\x1b[36m");
  });
});

describe("in a log", () => {
  it("writes a line for each layer that has moved, and a sign of life", () => {
    const output = log();
    const { onEvent, stop } = beginProgress("auto", output, {});
    for (const event of [plan(a, b, c), done(c, "exists"), start(a), start(b)]) onEvent(event);
    vi.advanceTimersByTime(2000);
    onEvent(done(a));
    expect(output.lines()).toEqual([
      "copying 3 blobs, 6.0 MB",
      "layer aaaaaaaaaaaa   1.0 MB  done in 2.0 s",
    ]);
    onEvent(moved(b, 500_000));
    vi.advanceTimersByTime(13_000);
    expect(output.lines().slice(2)).toEqual([
      "layer bbbbbbbbbbbb  500 kB of 2.0 MB",
      expect.stringMatching(/^total 2 of 3 blobs +4\.5 MB of 6\.0 MB /),
    ]);
    onEvent({ type: "notice", code: "RETRY", message: "trying again" });
    onEvent(done(b));
    stop(true);
    expect(output.lines().slice(4)).toEqual([
      "nixoci: trying again",
      "layer bbbbbbbbbbbb   2.0 MB  done in 15 s",
      "copied 2 blobs, 3.0 MB in 15 s (1 there before)",
    ]);
  });

  it("says what is being packed before anything can move", () => {
    const output = log();
    const { onEvent, stop } = beginProgress("auto", output, {});
    onEvent(making(a, 100_000));
    vi.advanceTimersByTime(1000);
    onEvent(making(a, 1_000_000));
    onEvent(making(b, 500_000));
    vi.advanceTimersByTime(12_500);
    expect(output.lines()).toEqual([
      "packing aaaaaaaaaaaa   1.0 MB  done in 1.0 s",
      "packing bbbbbbbbbbbb  500 kB of 2.0 MB",
      expect.stringMatching(/^packed 1 layer {2}1\.5 MB read {2}\S+ kB\/s$/),
    ]);
    stop(false);
  });

  it("says how much is written before it has a name", () => {
    const output = log();
    const { onEvent, stop } = beginProgress("auto", output, {});
    onEvent(writing(0));
    vi.advanceTimersByTime(8000);
    onEvent(writing(4_000_000));
    vi.advanceTimersByTime(2000);
    expect(output.lines()).toEqual([expect.stringMatching(/^written 4\.0 MB {2}\S+ kB\/s$/)]);
    stop(false);
  });

  it("counts the same before and after: no manifests", () => {
    const output = log();
    const { onEvent, stop } = beginProgress("auto", output, {});
    onEvent(plan(a));
    onEvent(done(a));
    onEvent({ type: "start", kind: "manifest", descriptor: c });
    onEvent({ type: "done", kind: "manifest", descriptor: c, how: "moved" });
    stop(true);
    expect(output.lines()[0]).toBe("copying 1 blob, 1.0 MB");
    expect(output.lines().at(-1)).toBe("copied 1 blob, 1.0 MB in 0 ms");
  });

  it("calls the work what it is", () => {
    const output = log();
    const words = { doing: "verifying", done: "verified" };
    const { onEvent, stop } = beginProgress("auto", output, {}, words);
    onEvent(plan(a));
    onEvent(done(a));
    stop(true);
    expect(output.lines()[0]).toBe("verifying 1 blob, 1.0 MB");
    expect(output.lines().at(-1)).toBe("verified 1 blob, 1.0 MB in 0 ms");
  });

  it.each([[{ CI: "true" }], [{ TERM: "dumb" }]])("also on a terminal, with %o", (env) => {
    const screen = new Screen();
    const { onEvent, stop } = beginProgress("auto", screen, env);
    onEvent(plan(a));
    stop(false);
    expect(screen.screen()).toEqual(["copying 1 blob, 1.0 MB"]);
  });
});

it("for programs it is the events, one JSON value a line", () => {
  const output = log();
  const { onEvent, stop } = beginProgress("json", output, {});
  const notice = { type: "notice", code: "RETRY", message: "trying again" } as const;
  const events = [plan(a), start(a), moved(a, 10), notice, done(a)];
  for (const event of events) onEvent(event);
  stop(true);
  expect(output.lines().map((line) => JSON.parse(line))).toEqual(events);
});

it("can be silent, or say notices only", () => {
  for (
    const [mode, lines] of [["none", []], ["quiet", []], ["notices", ["nixoci: hello"]]] as const
  ) {
    const output = log();
    const { onEvent, stop } = beginProgress(mode, output, {});
    for (const event of [plan(a), start(a), done(a)]) onEvent(event);
    onEvent({ type: "notice", code: "RETRY", message: "hello" });
    stop(true);
    expect(output.lines()).toEqual(lines);
  }
});

it("tells what a script has printed when it fails, though nothing else", () => {
  const output = log();
  const { onEvent, stop } = beginProgress("quiet", output, {});
  onEvent({ type: "notice", code: "OUTPUT", message: "extraCommands: why" });
  onEvent({ type: "notice", code: "RETRY", message: "hello" });
  stop(false);
  expect(output.lines()).toEqual(["nixoci: extraCommands: why"]);
});

it("tells a failure's notices, even if it is silent otherwise", () => {
  const output = log();
  const { onEvent, stop } = beginProgress("none", output, {});
  for (let i = 0; i < 30; i++) {
    onEvent({ type: "notice", code: "CREDENTIALS", message: "no helper" });
    onEvent({ type: "notice", code: "RETRY", message: `try ${i}` });
  }
  stop(false);
  expect(output.lines().length).toBe(20);
  expect(output.lines().slice(-2)).toEqual(["nixoci: no helper", "nixoci: try 29"]);
});
