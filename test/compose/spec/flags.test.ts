/** A SPEC in words. */
import { join } from "node:path";
import { cwd } from "node:process";
import { describe, expect, it } from "vitest";
import { addFlags } from "../../../src/compose/spec/flags.ts";

describe("flags", () => {
  it("say what a SPEC says", () => {
    expect(addFlags({}, {
      path: ["/nix/store/a"],
      "copy-to-root": ["rootfs", "/abs"],
      layer: ["layers.json"],
      from: "registry:alpine",
      name: "app",
      tag: "1",
      cmd: "/bin/app --fast",
      entrypoint: '["/bin/sh", "-c", "a b"]',
      env: ["A=1", "B=x=y"],
      label: ["a=b"],
      workdir: "/w",
      user: "1000:100",
      port: ["80", "53/udp"],
      volume: ["/data"],
      "max-layers": 7,
      style: "nix2container",
      platform: "arm64",
      created: "now",
      annotation: ["k=v"],
      store: "mnt",
      closure: ["graph.json"],
    })).toEqual({
      deps: ["/nix/store/a"],
      copyToRoot: [join(cwd(), "rootfs"), "/abs"],
      layers: [join(cwd(), "layers.json")],
      fromImage: "registry:alpine",
      name: "app",
      tag: "1",
      maxLayers: 7,
      style: "nix2container",
      created: "now",
      store: join(cwd(), "mnt"),
      closure: [join(cwd(), "graph.json")],
      os: "linux",
      architecture: "arm64",
      variant: undefined,
      annotations: { k: "v" },
      config: {
        Cmd: ["/bin/app", "--fast"],
        Entrypoint: ["/bin/sh", "-c", "a b"],
        Env: ["A=1", "B=x=y"],
        Labels: { a: "b" },
        WorkingDir: "/w",
        User: "1000:100",
        ExposedPorts: { "80/tcp": {}, "53/udp": {} },
        Volumes: { "/data": {} },
      },
    });
  });

  it("win over a SPEC, or add to it, in its own spelling", () => {
    const spec = {
      name: "old",
      deps: "/nix/store/a",
      config: { cmd: ["x"], env: ["A=1"], labels: { a: "1", b: "1" } },
      annotations: { a: "1" },
    };
    const flags = {
      name: "new",
      path: ["/nix/store/b"],
      cmd: "y",
      env: ["A=2"],
      label: ["b=2"],
      annotation: ["b=2"],
    };
    expect(addFlags(spec, flags)).toEqual({
      name: "new",
      deps: ["/nix/store/a", "/nix/store/b"],
      config: { cmd: ["y"], env: ["A=1", "A=2"], labels: { a: "1", b: "2" } },
      annotations: { a: "1", b: "2" },
    });
    expect(addFlags(spec, {})).toEqual(spec);
  });

  it("leave what is wrong in a SPEC for others to refuse", () => {
    const config = { Env: "A=1", Labels: ["a"], Volumes: 3 };
    const flags = { env: ["B=1"], label: ["b=1"], volume: ["/v"] };
    expect(addFlags({ config }, flags).config).toEqual(config);
  });

  it.each([
    [{ cmd: `sh -c "a b"` }, '--cmd: sh -c "a b" has quotes in it, and no shell reads it'],
    [{ cmd: '["a", 1]' }, '--cmd: ["a", 1] is not a JSON list of strings'],
    [{ label: ["novalue"] }, '--label: "novalue" is not key=value'],
    [{ platform: "nope/nope/nope/nope" }, "is not a platform"],
  ])("%j is refused", (flags, message) => expect(() => addFlags({}, flags)).toThrow(message));
});
