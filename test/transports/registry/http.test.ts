import { lookup } from "node:dns";
import { describe, expect, it } from "vitest";
import {
  canLead,
  createGuardedLookup,
  isLoopback,
  type Neighbourhood,
  neighbourhoodOf,
} from "../../../transports/registry/http/addresses.ts";
import { findProxy } from "../../../transports/registry/http/proxy.ts";
import { parseRetryAfter } from "../../../transports/registry/http/retry.ts";
import { content, contentOf } from "../../../src/image/content.ts";
import { createCutter, createOutgoing } from "../../../transports/registry/write/outgoing.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";

describe("neighbourhood", () => {
  it.each<[Neighbourhood, string[]]>([
    ["loopback", ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"]],
    ["private", [
      "10.0.0.1",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "100.64.0.1",
      "fd00::1",
    ]],
    ["unusual", [
      "0.0.0.0",
      "169.254.169.254",
      "224.0.0.1",
      "255.255.255.255",
      "::",
      "fe80::1",
      "ff02::1",
      "::ffff:169.254.169.254",
    ]],
    ["public", [
      "1.1.1.1",
      "172.32.0.1",
      "192.169.0.1",
      "100.128.0.1",
      "2606:4700::1111",
      "::ffff:8.8.8.8",
    ]],
  ])("%s", (expected, addresses) => {
    for (const address of addresses) {
      expect([address, neighbourhoodOf(address)]).toEqual([address, expected]);
    }
  });

  it("a server may lead as near as it is itself, and no nearer", () => {
    const led = (from: Neighbourhood) =>
      (["public", "private", "loopback", "unusual"] as const).filter((to) => canLead(from, to));
    expect(led("public")).toEqual(["public"]);
    expect(led("private")).toEqual(["public", "private"]);
    expect(led("loopback")).toEqual(["public", "private", "loopback"]);
    expect(led("unusual")).toEqual(["unusual"]);
  });

  it("is checked when a name is looked up to be connected to", async () => {
    const look = (from: Neighbourhood) =>
      new Promise((resolve, reject) =>
        createGuardedLookup(from)(
          "localhost",
          { all: true },
          (error, addresses) => error ? reject(error) : resolve(addresses),
        )
      );
    await expect(look("public")).rejects.toMatchObject({ code: "UNSAFE" });
    const all = await new Promise((resolve) =>
      lookup("localhost", { all: true }, (_, found) => resolve(found))
    );
    expect(await look("loopback")).toEqual(all);
  });

  it("knows loopback by name without asking anybody", () => {
    const yes = ["localhost", "127.0.0.1", "[::1]", "127.1.2.3"];
    const no = ["localhost.example.com", "0.0.0.0", "10.0.0.1", "example.com", "[::2]"];
    expect([...yes, ...no].filter(isLoopback)).toEqual(yes);
  });
});

describe("proxyFor", () => {
  const proxied = (url: string, env: Record<string, string>) => findProxy(new URL(url), env)?.href;

  it("reads the variables, in both cases, by the target's scheme", () => {
    const env = { HTTP_PROXY: "http://a", https_proxy: "b:3128" };
    expect(proxied("http://x.com", env)).toBe("http://a/");
    expect(proxied("https://x.com", env)).toBe("http://b:3128/");
    expect(proxied("https://x.com", { ALL_PROXY: "https://c" })).toBe("https://c/");
    expect(proxied("https://x.com", { HTTPS_PROXY: "" })).toBeUndefined();
    expect(proxied("https://x.com", { HTTPS_PROXY: "", https_proxy: "b" })).toBe("http://b/");
    expect(proxied("https://x.com", { HTTPS_PROXY: "", ALL_PROXY: "http://c" })).toBe("http://c/");
    for (const value of ["socks5://c:1080", "socks5h://c", "http://["]) {
      expect(proxied("https://x.com", { ALL_PROXY: value })).toBeUndefined();
    }
    expect(proxied("https://x.com", {})).toBeUndefined();
  });

  it.each<[string, string, boolean]>([
    ["x.com", "x.com", false],
    ["x.com", "a.x.com", false],
    ["x.com", "notx.com", true],
    [".x.com", "a.x.com", false],
    [".x.com", "x.com", true],
    ["*.x.com", "a.x.com", false],
    ["*.x.com", "x.com", true],
    ["*", "anything.com", false],
    ["a.com, x.com:443", "x.com", false],
    ["x.com:8443", "x.com", true],
    ["X.COM", "x.com", false],
    ["10.0.0.0/8", "10.1.2.3", false],
    ["10.0.0.0/8", "11.1.2.3", true],
    ["10.0.0.0/8", "ten.com", true],
    ["10.1.2.3", "10.1.2.3", false],
    ["2001:db8::/32", "[2001:db8::1]", false],
    ["2001:db8::1", "[2001:db8::1]", false],
    ["", "x.com", true],
    ["x.com", "localhost", false],
    ["x.com", "127.0.0.1", false],
  ])("NO_PROXY=%s and %s", (no, host, expected) => {
    const found = proxied(`https://${host}/`, { HTTPS_PROXY: "http://p", NO_PROXY: no });
    expect(found !== undefined).toBe(expected);
  });

  it("refuses what it cannot use, without repeating a password", () => {
    for (const value of ["socks5://me:secret@p", "http://[", "ftp://me:secret@p"]) {
      expect(() => proxied("https://x.com", { HTTPS_PROXY: value })).toThrow(/^(?!.*secret)/);
    }
  });

  it.each(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])(
    "names %s where its user or password has a bad escape, and not them",
    (name) => {
      for (const user of ["me:secret%", "secret%zz:x", "me:%E0%A4%Asecret"]) {
        expect(() => proxied("https://x.com", { [name]: `http://${user}@p:3128` }))
          .toThrow(new RegExp(`^${name} (?!.*secret)`));
      }
      expect(proxied("https://x.com", { [name]: "http://me:s%25@p" })).toBe("http://me:s%25@p/");
    },
  );
});

describe("retryAfter", () => {
  it.each<[string, number | undefined]>([
    ["1.5", 1500],
    ["-5", undefined],
    ["soon", undefined],
    ["2", 2000],
    ["Thu, 01 Jan 2026 00:00:02 GMT", 2000],
    ["Thursday, 01-Jan-26 00:00:02 GMT", 2000],
  ])("reads %s", (header, expected) => {
    expect(parseRetryAfter(header, Date.parse("2026-01-01T00:00:00Z"))).toBe(expected);
  });

  it("reads seconds and dates", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(parseRetryAfter("12", now)).toBe(12_000);
    expect(parseRetryAfter("Thu, 01 Jan 2026 00:01:00 GMT", now)).toBe(60_000);
    expect(parseRetryAfter("Thu, 01 Jan 2025 00:01:00 GMT", now)).toBe(0);
    expect(parseRetryAfter("soon", now)).toBeUndefined();
    expect(parseRetryAfter(undefined, now)).toBeUndefined();
  });
});

describe("chunks", () => {
  const pieces = (...sizes: number[]) => sizes.map((size, i) => Buffer.alloc(size, i + 1));
  const collect = async (stream: AsyncIterable<Uint8Array>) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    return chunks;
  };

  it("go out whole, also when the content ends with an empty one", async () => {
    const bytes = Buffer.from("hello, world");
    const { descriptor } = contentOf("text/plain", bytes);
    for (
      const cuts of [[bytes, Buffer.alloc(0)], [
        Buffer.alloc(0),
        bytes.subarray(0, 5),
        Buffer.alloc(0),
        bytes.subarray(5),
        Buffer.alloc(0),
        Buffer.alloc(0),
      ]]
    ) {
      const blob = createOutgoing(content(descriptor, () => streamBytes(...cuts)));
      for (const offset of [0, 3, 5, 11, 12]) {
        const out = Buffer.concat(await collect(blob.from(offset)));
        expect(out.toString()).toBe("hello, world".slice(offset));
      }
    }
  });

  it("are cut where they are to be", async () => {
    const cut = createCutter(streamBytes(...pieces(3, 4, 5)));
    const sizes: number[] = [];
    for (const size of [2, 5, 5, 4]) {
      sizes.push(Buffer.concat(await collect(cut.take(size))).length);
    }
    expect(sizes).toEqual([2, 5, 5, 0]);
    await cut.stop();
  });
});
