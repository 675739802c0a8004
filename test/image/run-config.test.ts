/** How containers run: spelling, what stays of the base, what wins. */
import { describe, expect, it } from "vitest";
import {
  changeRunConfig,
  mergeRunConfig,
  readRunConfig,
  spellRunConfig,
} from "../../src/image/config/run-config.ts";

describe("a config that is spelled", () => {
  it("spells and orders keys as the specification does, and loses none", () => {
    const config = {
      future: { a: 1 },
      labels: { Env: "kept as it is" },
      EntryPoint: ["/bin/app"],
      HEALTHCHECK: { test: ["CMD", "true"], interval: 3e9, Odd: 1 },
      env: ["A=1"],
      user: null,
    };
    expect(JSON.stringify(spellRunConfig(config, "config"))).toBe(JSON.stringify({
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
    expect(() => spellRunConfig(config, "config")).toThrow(message);
  });
});

describe("a config over a base's", () => {
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
    expect(mergeRunConfig(base, own, "none")).toEqual(own);
    expect(mergeRunConfig(base, own, "env")).toEqual({
      Env: ["PATH=/bin", "KEPT=1", "WON=own"],
      Labels: { a: "own" },
    });
    expect(mergeRunConfig(base, own, "all")).toEqual({
      Env: ["PATH=/bin", "KEPT=1", "WON=own"],
      Entrypoint: ["/init"],
      Cmd: ["serve"],
      Labels: { a: "own", b: "base" },
      User: "www",
      Odd: true,
    });
  });

  it("lets the last of a name win, where the first stood", () => {
    const env = mergeRunConfig(
      { Env: ["A=1", "B=1", "A=2"] },
      { Env: ["C=1", "B=2", "A="] },
      "env",
    );
    expect(env["Env"]).toEqual(["A=", "B=2", "C=1"]);
  });

  it("takes the base's arguments only for the base's entrypoint", () => {
    expect(mergeRunConfig(base, { Entrypoint: ["/app"] }, "all")["Cmd"]).toBeUndefined();
    expect(mergeRunConfig(base, { Cmd: ["x"] }, "all")).toMatchObject({
      Entrypoint: ["/init"],
      Cmd: ["x"],
    });
  });

  it("is not troubled by what a base holds that is not a list or object", () => {
    expect(mergeRunConfig({ Env: null, Labels: null }, { Labels: { a: "1" } }, "all")).toEqual({
      Env: null,
      Labels: { a: "1" },
    });
  });
});

describe("a config that is read", () => {
  it("has its fields in any case, and tells those that are of the wrong kind", () => {
    const config = { env: ["A"], CMD: null, User: 0, Labels: { a: "1" }, OnBuild: "x", Odd: [] };
    const wrong: string[] = [];
    expect(readRunConfig(config, (field, must) => wrong.push(`${field} ${must}`)))
      .toEqual({ Env: ["A"], Labels: { a: "1" } });
    expect(wrong).toEqual(["User must be a string", "OnBuild must be a list of strings"]);
    expect(readRunConfig(config)).toEqual({ Env: ["A"], Labels: { a: "1" } });
  });
});

describe("a config that is changed", () => {
  it("keeps its spelling, gets more of what adds up, and another of all else", () => {
    const config = { cmd: ["a"], ENV: ["A=1"], labels: { a: "1", b: "1" }, Volumes: null, Odd: 1 };
    const changes = {
      Cmd: ["b"],
      Env: ["A=2"],
      Labels: { b: "2" },
      Volumes: { "/data": {} },
      User: "u",
    };
    expect(changeRunConfig(config, changes)).toEqual({
      cmd: ["b"],
      ENV: ["A=1", "A=2"],
      labels: { a: "1", b: "2" },
      Volumes: { "/data": {} },
      Odd: 1,
      User: "u",
    });
  });

  it("leaves what is of the wrong kind to be refused", () => {
    const config = { Env: { A: "1" }, Labels: ["a"] };
    const changed = changeRunConfig(config, { Env: ["A=2"], Labels: { b: "2" } });
    expect(changed).toEqual(config);
    expect(() => spellRunConfig(changed, "config")).toThrow("config.Env: must be a list of");
  });
});
