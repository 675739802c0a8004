import { describe, expect, it } from "vitest";
import { formatFamiliarName, formatReference, parseReference } from "../../src/image/reference.ts";

const SHA256 = `sha256:${"a".repeat(64)}`;
const SHA512 = `sha512:${"b".repeat(128)}`;

describe("parseReference", () => {
  it.each([
    ["alpine", "docker.io", "library/alpine"],
    ["library/alpine", "docker.io", "library/alpine"],
    ["someone/alpine", "docker.io", "someone/alpine"],
    ["docker.io/alpine", "docker.io", "library/alpine"],
    ["index.docker.io/alpine", "docker.io", "library/alpine"],
    ["index.docker.io/a/b/c", "docker.io", "a/b/c"],
    ["localhost/app", "localhost", "app"],
    ["localhost:5000/app", "localhost:5000", "app"],
    ["localhost.", undefined, undefined],
    ["example.com", "docker.io", "library/example.com"],
    ["localhosts/app", "docker.io", "localhosts/app"],
    ["example.com/app", "example.com", "app"],
    ["example.com:443/a/b", "example.com:443", "a/b"],
    ["Example/app", "Example", "app"],
    ["EXAMPLE.com/app", "EXAMPLE.com", "app"],
    ["127.0.0.1:5000/app", "127.0.0.1:5000", "app"],
    ["[::1]/app", "[::1]", "app"],
    ["[2001:db8::1]:5000/app", "[2001:db8::1]:5000", "app"],
    ["a--b/c__d/e.f", "docker.io", "a--b/c__d/e.f"],
    ["xn--n3h.example/app", "xn--n3h.example", "app"],
    [`${"a".repeat(255 - 8)}`, "docker.io", `library/${"a".repeat(247)}`],
  ])("reads %s", (text, host, repository) => {
    if (host === undefined) expect(() => parseReference(text)).toThrow();
    else expect(parseReference(text)).toEqual({ host, repository });
  });

  it("reads tags and digests", () => {
    const name = { host: "docker.io", repository: "library/alpine" };
    expect(parseReference("alpine:3.20")).toEqual({ ...name, tag: "3.20" });
    expect(parseReference(`alpine@${SHA256}`)).toEqual({ ...name, digest: SHA256 });
    expect(parseReference(`alpine@${SHA512}`)).toEqual({ ...name, digest: SHA512 });
    expect(parseReference(`alpine:A_b.c-d@${SHA256}`))
      .toEqual({ ...name, tag: "A_b.c-d", digest: SHA256 });
    expect(parseReference(`localhost:5000/a:5000`))
      .toEqual({ host: "localhost:5000", repository: "a", tag: "5000" });
    expect(parseReference(`a:${"t".repeat(128)}`).tag).toHaveLength(128);
  });

  it.each([
    ["", "names no repository"],
    ["/", "not an image reference"],
    ["Alpine", "lower case"],
    ["example.com/App", "lower case"],
    ["a".repeat(64), "image ID"],
    [`a/${"b".repeat(254)}`, "255"],
    ["example.com/", "names no repository"],
    ["a//b", "words"],
    ["a/", "words"],
    ["/a", "not an image reference"],
    ["-a", "words"],
    ["a_", "words"],
    ["a___b", "words"],
    ["a..b", "words"],
    ["a.-b", "words"],
    ["a:", "a tag"],
    ["a:.b", "a tag"],
    ["a:-b", "a tag"],
    ["a:b:c", "a tag"],
    [`a:${"t".repeat(129)}`, "a tag"],
    ["a@", "not a digest"],
    ["a@latest", "not a digest"],
    [`a@${SHA256.toUpperCase()}`, "not a digest"],
    [`a@${SHA256}0`, "not a digest"],
    [`a@sha256:${"a".repeat(63)}`, "not a digest"],
    [`a@sha256:${"a".repeat(62)}/.`, "not a digest"],
    [`a@md5:${"a".repeat(32)}`, "not a digest"],
    [`a@${SHA256}@${SHA256}`, "not a digest"],
    ["example.com:/a", "not a port"],
    ["example.com:0/a", "not a port"],
    ["example.com:65536/a", "not a port"],
    ["example.com:x/a", "not a port"],
    ["-example.com/a", "not a host"],
    ["example..com/a", "not a host"],
    ["exam_ple.com/a", "not a host"],
    ["[::1/a", "not a host"],
    ["[::g]/a", "not a host"],
    ["[fe80::1%eth0]/a", "not a host"],
    ["[127.0.0.1]/a", "not a host"],
    ["::1/a", "not a"],
    // Injection: nothing of it may reach a request line, a header or a path (N9).
    ["example.com/a\r\nHost: evil", "not an image reference"],
    ["example.com/a\nb", "words"],
    ["example.com/a\n", "words"],
    ["example.com\r\n/a", "not a host"],
    ["example.com/%2e%2e/a", "words"],
    ["example.com/../a", "words"],
    ["example.com/./a", "words"],
    ["user:password@example.com/a", "not a digest"],
    ["user@example.com/a", "not a digest"],
    ["example.com/a?b=c", "words"],
    ["example.com/a#b", "words"],
    ["example.com/a b", "words"],
    ["example.com\\evil/a", "not a host"],
    ["exämple.com/a", "not a host"],
    ["example.com/ä", "words"],
    ["a:b\n", "a tag"],
    ["https://example.com/a", "not a port"],
  ])("refuses %j", (text, why) => {
    expect(() => parseReference(text)).toThrow(new RegExp(why));
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("formatReference and familiarName", () => {
  it.each([
    ["alpine", "docker.io/library/alpine", "alpine"],
    ["someone/app:1", "docker.io/someone/app:1", "someone/app:1"],
    ["docker.io/library/a/b", "docker.io/library/a/b", "library/a/b"],
    ["localhost:5000/a:b", "localhost:5000/a:b", "localhost:5000/a:b"],
    [`alpine:3@${SHA256}`, `docker.io/library/alpine:3@${SHA256}`, `alpine:3@${SHA256}`],
  ])("write %s", (text, whole, familiar) => {
    const reference = parseReference(text);
    expect(formatReference(reference)).toBe(whole);
    expect(formatFamiliarName(reference)).toBe(familiar);
    expect(parseReference(familiar)).toEqual(reference);
    expect(parseReference(whole)).toEqual(reference);
  });
});
