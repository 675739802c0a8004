import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createHeaderWriter } from "../../src/recipe/header/mod.ts";
import type { LayerMember } from "../../src/recipe/header/member.ts";
import { decodeName } from "../../src/tar/mod.ts";
import { golden } from "./support/parity.ts";

interface Recorded {
  readonly member: LayerMember;
  readonly go: string;
  readonly python: string;
}

const text = (base64: string | null): string => decodeName(Buffer.from(base64 ?? "", "base64"));

const recordedIn = (file: string): Recorded[] =>
  // deno-lint-ignore no-explicit-any
  golden(file).headers.map((one: any) => {
    const { name, linkname, uid, gid, uname, gname, go, python, xattrs = [], ...rest } = one;
    const owner = { uid, gid, uname: text(uname), gname: text(gname) };
    const values = xattrs.map(([key, value]: [string, string]) => [
      text(key),
      Buffer.from(value, "base64"),
    ]);
    const member = { name: text(name), linkname: text(linkname), owner, xattrs: values, ...rest };
    return { member, go, python };
  });

const recorded = [...recordedIn("layer-headers.json"), ...recordedIn("made-headers.json")];

const sum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe.each([["nix2container", "go"], ["dockertools", "python"]] as const)(
  "headers of %s",
  (style, by) => {
    it(`are those of ${by} for names, links, owners, numbers and attributes of all lengths`, () => {
      expect(recorded.length).toBeGreaterThan(100);
      // One writer for all of them: nothing of a member may stay for the next.
      const header = createHeaderWriter({ style });
      const wrong = recorded.filter((one) => sum(header(one.member)) !== one[by]);
      expect(wrong).toEqual([]);
      expect([...recorded].reverse().filter((one) => sum(header(one.member)) !== one[by]))
        .toEqual([]);
    });

    it("are good until the writer's next one, whatever the writers of other layers do", () => {
      const { member } = recorded.find(({ member }) => member.name.length > 200)!;
      const [one, other] = [createHeaderWriter({ style }), createHeaderWriter({ style })];
      const bytes = one(member);
      const before = sum(bytes);
      other({ ...member, name: `${member.name}-of-another-layer` });
      expect(sum(bytes)).toBe(before);
    });
  },
);
