import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { headerWriter } from "../../src/recipe/header/mod.ts";
import type { Member } from "../../src/recipe/header/member.ts";
import { decodeName } from "../../src/tar/mod.ts";
import { golden } from "./support/parity.ts";

interface Recorded {
  readonly member: Member;
  readonly go: string;
  readonly python: string;
}

const text = (base64: string | null): string => decodeName(Buffer.from(base64 ?? "", "base64"));

// deno-lint-ignore no-explicit-any
const recorded: Recorded[] = golden("layer-headers.json").headers.map((one: any) => {
  const { name, type, linkname, mode, size, mtime, uid, gid, uname, gname, go, python } = one;
  const owner = { uid, gid, uname: text(uname), gname: text(gname) };
  return {
    member: { name: text(name), type, linkname: text(linkname), mode, size, mtime, owner },
    go,
    python,
  };
});

const sum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe.each([["nix2container", "go"], ["dockertools", "python"]] as const)(
  "headers of %s",
  (style, by) => {
    it(`are those of ${by} for names, links, owners and numbers of all lengths`, () => {
      expect(recorded.length).toBeGreaterThan(100);
      // One writer for all of them: nothing of a member may stay for the next.
      const header = headerWriter(style);
      const wrong = recorded.filter((one) => sum(header(one.member)) !== one[by]);
      expect(wrong).toEqual([]);
      expect([...recorded].reverse().filter((one) => sum(header(one.member)) !== one[by]))
        .toEqual([]);
    });
  },
);
