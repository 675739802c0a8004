import { describe, expect, it } from "vitest";
import { ALIASES, openSink, openSource, SCHEMES, transportOf } from "../../transports/mod.ts";

describe("transports", () => {
  it("go by the scheme and the aliases that they state themselves", async () => {
    expect(SCHEMES.length).toBeGreaterThan(5);
    const stated: Record<string, string> = {};
    for (const scheme of SCHEMES) {
      const transport = await transportOf(scheme);
      expect(transport?.scheme).toBe(scheme);
      for (const alias of transport?.aliases ?? []) stated[alias] = scheme;
    }
    expect(stated).toEqual(ALIASES);
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
});
