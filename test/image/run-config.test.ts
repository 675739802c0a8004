/** How containers run: spelling, what stays of the base, what wins. */
import { describe, expect, it } from "vitest";
import { canonical, overlaid } from "../../src/image/run-config.ts";

describe("canonical", () => {
  it("spells and orders keys as the specification does, and loses none", () => {
    const config = {
      future: { a: 1 },
      labels: { Env: "kept as it is" },
      EntryPoint: ["/bin/app"],
      HEALTHCHECK: { test: ["CMD", "true"], interval: 3e9, Odd: 1 },
      env: ["A=1"],
      user: null,
    };
    expect(JSON.stringify(canonical(config, "config"))).toBe(JSON.stringify({
      Env: ["A=1"],
      Entrypoint: ["/bin/app"],
      Labels: { Env: "kept as it is" },
      Healthcheck: { Test: ["CMD", "true"], Interval: 3e9, Odd: 1 },
      future: { a: 1 },
    }));
  });

  it.each([
    [{ User: 0 }, "config.User: must be a string"],
    [{ exposedPorts: ["80"] }, "config.exposedPorts: must be an object"],
    [{ Labels: { a: 1 } }, "config.Labels: must be an object of strings"],
    [{ StopTimeout: "1" }, "config.StopTimeout: must be a whole number"],
    [{ Env: ["=x"] }, "config.Env: must be a list of NAME=value"],
    [{ tty: "yes" }, "config.tty: must be true or false"],
  ])("refuses %j", (config, message) => {
    expect(() => canonical(config, "config")).toThrow(message);
  });
});

describe("overlaid", () => {
  const base = {
    env: ["PATH=/bin", "KEPT=1", "WON=base"],
    EntryPoint: ["/init"],
    Cmd: ["serve"],
    Labels: { a: "base", b: "base" },
    User: "www",
    Odd: true,
  };

  it("takes nothing, variables, or everything", () => {
    const own = { Env: ["WON=own"], Labels: { a: "own" } };
    expect(overlaid(base, own, "none")).toEqual(own);
    expect(overlaid(base, own, "env")).toEqual({
      Env: ["PATH=/bin", "KEPT=1", "WON=own"],
      Labels: { a: "own" },
    });
    expect(overlaid(base, own, "all")).toEqual({
      Env: ["PATH=/bin", "KEPT=1", "WON=own"],
      Entrypoint: ["/init"],
      Cmd: ["serve"],
      Labels: { a: "own", b: "base" },
      User: "www",
      Odd: true,
    });
  });

  it("lets the last of a name win, where the first stood", () => {
    const env = overlaid({ Env: ["A=1", "B=1", "A=2"] }, { Env: ["C=1", "B=2", "A="] }, "env");
    expect(env["Env"]).toEqual(["A=", "B=2", "C=1"]);
  });

  it("takes the base's arguments only for the base's entrypoint", () => {
    expect(overlaid(base, { Entrypoint: ["/app"] }, "all")["Cmd"]).toBeUndefined();
    expect(overlaid(base, { Cmd: ["x"] }, "all")).toMatchObject({
      Entrypoint: ["/init"],
      Cmd: ["x"],
    });
  });

  it("is not troubled by what a base holds that is no list or object", () => {
    expect(overlaid({ Env: null, Labels: null }, { Labels: { a: "1" } }, "all")).toEqual({
      Env: null,
      Labels: { a: "1" },
    });
  });
});
