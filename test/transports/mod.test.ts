import { describe, expect, it } from "vitest";
import { ALIASES, openSink, openSource, SCHEMES, transportOf } from "../../transports/mod.ts";

describe("transports", () => {
  it("go by the scheme that they state themselves, and by aliases", async () => {
    expect(SCHEMES.length).toBeGreaterThan(5);
    for (const scheme of SCHEMES) expect((await transportOf(scheme))?.scheme).toBe(scheme);
    expect(ALIASES).toEqual({ docker: "registry", oci: "oci-dir", "docker-daemon": "daemon" });
    for (const alias of Object.keys(ALIASES)) {
      expect((await transportOf(alias))?.scheme).toBe(ALIASES[alias]);
    }
  });

  it("are not there for what names none, nor for what objects have by birth", async () => {
    for (const scheme of ["", "ftp", "constructor", "__proto__"]) {
      expect(await transportOf(scheme)).toBeUndefined();
    }
  });

  it.each([
    ["alpine", "write registry:alpine"],
    ["./image.tar", "write docker-archive:./image.tar, oci-archive:./image.tar or oci-dir:"],
    ["u:CANARY@host/a", "write registry:***@host/a"],
    ["", "the schemes are"],
  ])("%j is answered with what could have been meant", async (reference, hint) => {
    for (const open of [openSource, openSink]) {
      const error = await open(reference).then(() => undefined, (error) => error);
      expect(error).toMatchObject({ code: "USAGE", hint: expect.stringContaining(hint) });
      expect(String(error.message) + error.hint).not.toContain("CANARY");
    }
  });

  const registry = { creds: "me:secret", token: "secret" };
  const host = "unix:///nope/engine.sock";

  it.each([
    ["registry:r.test/app", { registry }],
    ["oci-dir:/nope/layout", {}],
    ["oci-archive:/nope/a.tar", {}],
    ["docker-archive:/nope/a.tar", {}],
    ["daemon:app", { host }],
    ["podman:app", { host }],
    ["nix:/nope/image.json", {}],
  ])("%s: says that it is the source that cannot be opened", async (place, options) => {
    await expect(openSource(place, options)).rejects.toMatchObject({ side: "source" });
  });

  it.each([
    ["registry:r.test/app", { registry }],
    ["oci-dir:", {}],
    ["oci-archive:", {}],
    ["docker-archive:", {}],
    ["daemon:app", { host }],
    ["podman:app", { host }],
  ])("%s: says that it is the destination that cannot be opened", async (place, options) => {
    await expect(openSink(place, options)).rejects.toMatchObject({ side: "destination" });
  });
});
