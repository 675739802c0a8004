import { describe, expect, it } from "vitest";
import type { NixociError } from "../../src/base/errors.ts";
import type { Derivation } from "../../src/nix/derivation/derivation.ts";
import { placeholderOf } from "../../src/nix/derivation/paths.ts";
import { describeEnvironment, makeShell } from "../../src/shell/environment/make.ts";
import { makeImageName } from "../../src/shell/environment/checks.ts";
import type { ShellOptions } from "../../src/shell/environment/options.ts";
import { derivationWith, golden, goldenPathOf, OUT } from "../nix/support/derivations.ts";

const SHELL = "/nix/store/00000000000000000000000000000000-bash-5.2/bin/bash";
const SOURCE = "/nix/store/arh7nb86h4wx19as88q85zcl0xm86h1r-source.txt";
const PATH = `/nix/store/${"1".repeat(32)}-a-1.0.drv`;

const shellOf = (derivation: Derivation, options: Partial<ShellOptions> = {}) =>
  makeShell(PATH, derivation, { shell: SHELL, ...options });

const withEnv = (env: Record<string, string>, fields: Partial<Derivation> = {}) =>
  derivationWith({ env: new Map(Object.entries({ out: OUT, ...env })), ...fields });

const closure = [{
  path: SOURCE,
  narSize: 120,
  narHash: `sha256:${"0".repeat(64)}` as const,
  references: [],
}];

function fileOf({ files }: ReturnType<typeof makeShell>, path: string): string {
  return Buffer.from(files.find((file) => file.path === path)!.content as Uint8Array).toString();
}

function failureOf(derivation: Derivation, options: Partial<ShellOptions> = {}): NixociError {
  try {
    shellOf(derivation, options);
  } catch (error) {
    return error as NixociError;
  }
  throw new Error("it did not fail");
}

describe("the variables of a shell", () => {
  it("are dockerTools', and the derivation's attributes and outputs", () => {
    const { environment } = shellOf(withEnv({ name: "a-1.0", builder: "/bin/sh" }));
    expect(Object.fromEntries(environment)).toEqual({
      HOME: "/build",
      IN_NIX_SHELL: "pure",
      NIX_BUILD_CORES: "1",
      NIX_BUILD_TOP: "/build",
      NIX_SSL_CERT_FILE: "/no-cert-file.crt",
      NIX_STORE: "/nix/store",
      PATH: `${SHELL.slice(0, -5)}:/usr/local/bin`,
      PWD: "/build",
      SSL_CERT_FILE: "/no-cert-file.crt",
      TEMP: "/build",
      TEMPDIR: "/build",
      TERM: "xterm-256color",
      TMP: "/build",
      TMPDIR: "/build",
      builder: "/bin/sh",
      name: "a-1.0",
      out: OUT,
    });
    expect([...environment.keys()]).toEqual([...environment.keys()].sort());
  });

  it("are overridden by attributes, but for those of the build's folder", () => {
    const { environment } = shellOf(
      withEnv({ HOME: "/h", PATH: "/p", NIX_STORE: "/s", TMPDIR: "/t", TERM: "dumb" }),
      { home: "/home/me", certificates: "/certs.pem", programs: ["/bin"] },
    );
    expect(["HOME", "PATH", "NIX_STORE", "TMPDIR", "TERM"].map((name) => environment.get(name)))
      .toEqual(["/h", "/p", "/s", "/build", "xterm-256color"]);
    expect(environment.get("NIX_SSL_CERT_FILE")).toBe("/certs.pem");
  });

  it("take the place's home, and folders of programs", () => {
    const folders = { programs: ["/package/bin"], lastPrograms: ["/input/bin"] };
    const shell = shellOf(withEnv({}), { home: "/home/me", ...folders });
    expect(shell.environment.get("HOME")).toBe("/home/me");
    expect(shell.environment.get("PATH"))
      .toMatch(/:\/usr\/local\/bin:\/package\/bin:\/input\/bin$/);
    expect(fileOf(shell, "/etc/nix-shell/environment"))
      .toContain("/package/bin'${PATH:+:$PATH}':/input/bin'\n");
  });

  it("name files in the place of long attributes, which everybody can read", () => {
    const shell = shellOf(withEnv({ passAsFile: "text none", text: `in ${placeholderOf("out")}` }));
    const path = shell.environment.get("textPath")!;
    expect(path).toMatch(/^\/build\/\.attr-[0-9a-z]{52}$/);
    expect(shell.environment.has("text")).toBe(false);
    expect(shell.environment.has("nonePath")).toBe(false);
    expect(fileOf(shell, path)).toBe(`in ${OUT}`);
    expect(shell.files.find((file) => file.path === path)!.mode).toBeUndefined();
  });

  it("keep placeholders, which buildDerivation replaces", () => {
    const shell = shellOf(
      withEnv({ where: placeholderOf("out") }, { args: [placeholderOf("out")] }),
    );
    expect(shell.environment.get("where")).toBe(placeholderOf("out"));
    const program = fileOf(shell, "/usr/local/bin/buildDerivation");
    expect(program).toContain(`export where='${OUT}'\n`);
    expect(program).toContain(`(exec -a 'sh' '/bin/sh' '${OUT}' </dev/null)\n`);
    expect(program).not.toContain(placeholderOf("out"));
  });

  it("are the two of the files and the outputs, where attributes are structured", () => {
    const shell = shellOf(golden("structured-1"), { closure });
    expect([...shell.environment].filter(([name]) => /^(NIX_ATTRS|__json|text|dev$)/.test(name)))
      .toEqual([
        ["NIX_ATTRS_JSON_FILE", "/build/.attrs.json"],
        ["NIX_ATTRS_SH_FILE", "/build/.attrs.sh"],
        ["dev", "/nix/store/lzdva08hm6b06ir69hidljksar2j0cbm-structured-1-dev"],
      ]);
    expect(fileOf(shell, "/build/.attrs.sh")).toBe([
      "declare builder='/bin/sh'",
      "declare input='/nix/store/l41j8p011mqrjaxa366qn8vd8k2qhfik-tool-1.0'",
      "declare -a list=(1 'two' 1 '' )",
      "declare name='structured-1'",
      "declare no=",
      "declare nothing=''",
      "declare -A outputs=(['dev']='/nix/store/lzdva08hm6b06ir69hidljksar2j0cbm-structured-1-dev' " +
      "['out']='/nix/store/yz3wvjngkkdqpkc5hafn2rwlr6a760kh-structured-1' )",
      `declare source='${SOURCE}'`,
      "declare system='x86_64-linux'",
      "declare -A table=(['a']='b' ['c d']=1 )",
      "declare text='it'\\''s $x'",
      "declare whole=-1294967296",
      "declare yes=1",
      "",
    ].join("\n"));
    const json = JSON.parse(fileOf(shell, "/build/.attrs.json"));
    expect(json.graph).toEqual([{
      closureSize: 120,
      narHash: "sha256:0000000000000000000000000000000000000000000000000000",
      narSize: 120,
      path: SOURCE,
      references: [],
      valid: true,
    }]);
    expect(json.outputs.out).toBe("/nix/store/yz3wvjngkkdqpkc5hafn2rwlr6a760kh-structured-1");
    expect(fileOf(shell, "/usr/local/bin/buildDerivation")).not.toContain("export out=");
  });

  it("say the closures that are asked for, or what lacks them", () => {
    const graph = withEnv({ exportReferencesGraph: `graph ${SOURCE}/x` });
    expect(fileOf(shellOf(graph, { closure }), "/build/graph")).toBe(`${SOURCE}\n\n0\n`);
    expect(failureOf(graph)).toMatchObject({
      code: "INCOMPLETE",
      message:
        `Cannot use a-1.0: its attribute exportReferencesGraph asks for the closure of ${SOURCE}, ` +
        "which is not among its inputs",
    });
    expect(failureOf(withEnv({ exportReferencesGraph: `../x ${SOURCE}` })).message)
      .toContain('a name that is not a file\'s: "../x"');
    expect(failureOf(withEnv({ exportReferencesGraph: "x" })).message).toContain("lacks a path");
  });
});

describe("the command of a shell", () => {
  it("reads the environment; with one that is run, it is not interactive", () => {
    expect(shellOf(withEnv({})).command).toEqual([SHELL, "--rcfile", "/etc/nix-shell/rc"]);
    const run = shellOf(withEnv({}), { run: "make # all\n" });
    expect(run.command).toEqual([SHELL, "/etc/nix-shell/rc"]);
    expect(fileOf(run, "/etc/nix-shell/rc"))
      .toBe("source /etc/nix-shell/environment\nmake # all\n\nexit\n");
    expect(fileOf(shellOf(withEnv({}), { command: "make" }), "/etc/nix-shell/rc"))
      .toBe("source /etc/nix-shell/environment\nmake\nexit\n");
    expect(failureOf(withEnv({}), { run: "a", command: "b" })).toMatchObject({
      code: "USAGE",
      hint: "give either --command or --run",
    });
  });

  it("has programs that may be executed, of the image's own shell", () => {
    const shell = shellOf(withEnv({}));
    for (const name of ["buildDerivation", "in-nix-shell"]) {
      const path = `/usr/local/bin/${name}`;
      expect(shell.files.find((file) => file.path === path)!.mode).toBe(0o755);
      expect(fileOf(shell, path)).toMatch(new RegExp(`^#!${SHELL}\n`));
    }
  });
});

describe("a derivation that a container cannot have as it is", () => {
  it("has a variable of 128 KiB", () => {
    const value = (bytes: number) => withEnv({ long: "x".repeat(bytes - "long=".length) });
    expect(shellOf(value(131_071)).environment.get("long")).toHaveLength(131_066);
    expect(failureOf(value(131_072))).toMatchObject({
      code: "LIMIT",
      message:
        'Cannot use the variable "long" of a-1.0: it has 131072 bytes, and Linux takes 131071',
      hint: 'have the derivation pass it as a file: passAsFile = [ "long" ];',
    });
    expect(failureOf(withEnv({ long: "é".repeat(65_536) })).code).toBe("LIMIT");
    expect(failureOf(withEnv({}, { args: ["-c", "x".repeat(131_072)] })).message)
      .toContain("Cannot use argument 2 of a-1.0");
  });

  it("has a variable that no program can have", () => {
    expect(failureOf(withEnv({ "": "x" })).message)
      .toBe('Cannot put the variable "" of a-1.0 into an image: it has no name');
    const all: Record<string, string>[] = [{ a: "x\0y" }, { "a\0b": "x" }];
    for (const env of all) {
      expect(failureOf(withEnv(env)).message).toContain("into an image: it has a zero byte");
    }
  });

  it("has a variable that is not UTF-8", () => {
    expect(failureOf(golden("gtk+-3.24"))).toMatchObject({
      code: "UNSUPPORTED",
      message: 'Cannot put the variable "bytes" of gtk+-3.24 into an image: it is not UTF-8',
    });
  });

  it("has a builder that is elsewhere", () => {
    const builder = `/nix/store/${"2".repeat(32)}-bash/bin/bash`;
    expect(failureOf(withEnv({}, { builder }), { closure })).toMatchObject({
      code: "INCOMPLETE",
      message: `Cannot use a-1.0: its builder ${builder} is not in the closure of its inputs`,
    });
    expect(shellOf(withEnv({}, { builder: SHELL }), { closure }).notices).toHaveLength(1);
  });

  it("has structured attributes that are not JSON", () => {
    expect(failureOf(withEnv({ __json: "secret" })).message)
      .toBe("the JSON of a-1.0 is not valid JSON, or nested too deep");
  });
});

describe("notices", () => {
  const noticesOf = (derivation: Derivation, options: Partial<ShellOptions> = {}) =>
    shellOf(derivation, { certificates: "/c", ...options }).notices.map(({ message }) => message);

  it("say that all variables together are more than Linux takes", () => {
    const envOf = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, "x".repeat(130_000)]));
    expect(noticesOf(withEnv(envOf(16)))).toEqual([]);
    expect(noticesOf(withEnv({ ...envOf(16), w: "x".repeat(131_000) })))
      .toEqual([expect.stringMatching(/ containers do not start; the largest is "w", /)]);
  });

  it("say what is not as Nix has it", () => {
    expect(noticesOf(withEnv({}))).toEqual([]);
    expect(noticesOf(golden("fetched.tar"))).toEqual([
      "buildDerivation cannot build fetched.tar: builtin:fetchurl is a part of Nix itself",
      "buildDerivation does not compare what it builds with the hash of fetched.tar",
    ]);
    for (
      const [name, kind] of [["floating", "floating"], ["impure", "impure"], [
        "deferred",
        "deferred",
      ]]
    ) {
      expect(noticesOf(golden(name!)).join()).toMatch(
        new RegExp(
          `^the path of the output out \\(${kind}\\) is not known: it is built as /nix/store/`,
        ),
      );
    }
    expect(noticesOf(withEnv({ PATH: "/bin" }, { builder: "/usr/bin/python" }))).toEqual([
      "the builder of a-1.0 is of the machine, and not in the image: /usr/bin/python",
      "PATH is an attribute of a-1.0, and replaces the folders of the image's programs",
    ]);
    expect(shellOf(withEnv({})).notices).toEqual([{
      code: "SHELL",
      message: "there are no certificates, so that TLS fails: SSL_CERT_FILE names no file",
    }]);
  });

  it("go with a program that says the same", () => {
    const program = fileOf(shellOf(golden("fetched.tar")), "/usr/local/bin/buildDerivation");
    expect(program).toContain("is built by builtin:fetchurl, which is a part of Nix itself");
  });
});

describe("the name of an image", () => {
  it("is the derivation's, where it can be", () => {
    expect(makeImageName("Hello-2.12")).toBe("hello-2.12-env");
    expect(() => makeImageName("gtk+-3.24")).toThrow(
      '"gtk+-3.24-env" cannot be the name of an image',
    );
    for (
      const [name, other] of [["gtk+-3.24", "gtk-3.24-env"], ["_a?b=c", "a-b-c-env"], [
        "a..b",
        "a.b-env",
      ]]
    ) {
      try {
        makeImageName(name!);
        expect.unreachable();
      } catch (error) {
        expect((error as NixociError).hint).toBe(`give it another one: --name ${other}`);
      }
    }
  });
});

describe("the environment outside of images", () => {
  it("is a script and JSON, as nix print-dev-env has them", () => {
    const { script, json } = describeEnvironment(
      goldenPathOf("structured-1"),
      golden("structured-1"),
      { shell: SHELL, closure },
    );
    const text = Buffer.from(script).toString();
    expect(text).not.toMatch(/export (HOME|TMPDIR='|SSL_CERT_FILE|NIX_BUILD_TOP='|TERM)/);
    expect(text).toContain('export NIX_ATTRS_SH_FILE="$NIX_BUILD_TOP/.attrs.sh"\n');
    expect(text).not.toContain("/build");
    expect(json).toMatchObject({
      bashFunctions: {},
      variables: {
        list: { type: "array", value: ["1", "two", "1", ""] },
        name: { type: "var", value: "structured-1" },
        out: { type: "exported" },
        table: { type: "associative", value: { a: "b", "c d": "1" } },
      },
      structuredAttrs: { ".attrs.sh": expect.stringContaining("declare -a list=") },
    });
  });
});
