/** Sources are held to policy.json. */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { parsePolicy } from "../../../src/image/policy.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { readPolicy } from "../../../transports/policy-file.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, sourceOf } from "../../support/images.ts";
import { startRegistry } from "../../support/registry-server.ts";

const ACCEPT = [{ type: "insecureAcceptAnything" }];
const REJECT = [{ type: "reject" }];
const SIGNED = [{ type: "signedBy", keyType: "GPGKeys", keyPath: "/k" }];
const policyOf = (value: object) => parsePolicy(Buffer.from(JSON.stringify(value)), "p.json");
const HELLO = "oci-dir:examples/hello";

/** Says what becomes of an image: `ok`, or the code of why not. */
async function judge(place: string, value: object, select?: string): Promise<string> {
  try {
    await using source = await openSource(place, { policy: policyOf(value) });
    await source.resolve(select);
    return "ok";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

describe("a policy", () => {
  it("decides by the narrowest scope of a layout", async () => {
    const here = resolve("examples");
    const scoped = (scopes: object) => ({ default: REJECT, transports: { oci: scopes } });
    expect(await judge(HELLO, { default: ACCEPT })).toBe("ok");
    expect(await judge(HELLO, { default: REJECT })).toBe("REFUSED");
    expect(await judge(HELLO, { default: SIGNED })).toBe("UNSUPPORTED");
    expect(await judge(HELLO, scoped({ [here]: ACCEPT }))).toBe("ok");
    expect(await judge(HELLO, scoped({ [here]: ACCEPT, [`${here}/hello`]: REJECT }))).toBe(
      "REFUSED",
    );
    expect(await judge(HELLO, scoped({ "": ACCEPT }))).toBe("ok");
    expect(await judge(HELLO, scoped({ "/elsewhere": ACCEPT }))).toBe("REFUSED");
    expect(await judge(HELLO, scoped({ "": [...ACCEPT, ...REJECT] }))).toBe("REFUSED");
  });

  it("decides by host, repository and tag in a registry", async () => {
    const registry = await startRegistry();
    await using to = await openSink(`registry:${registry.host}/org/app:1`);
    await copy(sourceOf({ one: await image() }), to, { references: ["1", "2"] });
    const name = `${registry.host}/org/app`;
    const scoped = (scopes: object) => ({ default: REJECT, transports: { docker: scopes } });
    for (const scope of [`${name}:1`, name, `${registry.host}/org`, registry.host, "*.0.0.1", ""]) {
      expect(await judge(`registry:${name}:1`, scoped({ [scope]: ACCEPT })), scope).toBe("ok");
    }
    for (const scope of [`${name}:2`, `${name}x`, "*.example.com", "0.0.1"]) {
      expect(await judge(`registry:${name}:1`, scoped({ [scope]: ACCEPT })), scope).toBe("REFUSED");
    }
    // A repository, of which one tag is taken after the other.
    const one = scoped({ [`${name}:2`]: ACCEPT });
    expect([await judge(`registry:${name}`, one, "2"), await judge(`registry:${name}`, one, "1")])
      .toEqual(["ok", "REFUSED"]);
  });

  it.each([
    ["no default", {}, "default must be a list"],
    ["an empty list", { default: [] }, "default must be a list"],
    ["an unknown field", { default: ACCEPT, more: 1 }, '"more" is not a field'],
    ["an unknown requirement", { default: [{ type: "x" }] }, 'there is no requirement "x"'],
    ["a field too much", { default: [{ type: "reject", a: 1 }] }, "has no fields of its own"],
  ])("is refused with %s", (_, value, message) => {
    expect(() => policyOf(value)).toThrow(message);
  });

  it("is refused with a key that is there twice", () => {
    const text = '{"default":[{"type":"reject"}],"default":[{"type":"insecureAcceptAnything"}]}';
    expect(() => parsePolicy(Buffer.from(text), "p.json")).toThrow("twice");
  });

  it("is the named one, or the first that is there; without one everything is allowed", async () => {
    const folder = await temporaryFolder();
    const [none, all, some] = ["none", "all", "some"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(all, JSON.stringify({ default: ACCEPT }));
    await writeFile(some, JSON.stringify({ default: REJECT }));
    expect(await readPolicy(undefined, [none])).toBeUndefined();
    expect(await readPolicy(undefined, [none, all, some])).toBeUndefined();
    expect((await readPolicy(undefined, [none, some]))?.usual).toEqual(REJECT);
    await expect(readPolicy(none)).rejects.toThrow(`Cannot read the policy ${none}`);
  });
});
