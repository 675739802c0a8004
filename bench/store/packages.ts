/** Debian packages: downloaded, and in an order in which each comes after what it depends on. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A shell, compilers, Perl and Python with numpy, Git, nginx and Redis, with all that they need. */
const NAMES = `base-files bash binutils binutils-common binutils-x86-64-linux-gnu coreutils cpp
  cpp-12 debianutils gcc gcc-12 gcc-12-base git git-man libacl1 libasan8 libatomic1 libattr1
  libbinutils libblas3 libbrotli1 libbz2-1.0 libc6 libcap2 libcc1-0 libcom-err2 libcrypt1
  libctf-nobfd0 libctf0 libcurl3-gnutls libdb5.3 liberror-perl libexpat1 libffi8 libgcc-12-dev
  libgcc-s1 libgcrypt20 libgdbm-compat4 libgdbm6 libgfortran5 libgmp10 libgnutls30 libgomp1
  libgpg-error0 libgprofng0 libgssapi-krb5-2 libhogweed6 libidn2-0 libisl23 libitm1 libjansson4
  libjemalloc2 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblapack3 libldap-2.5-0 liblsan0
  liblz4-1 liblzf1 liblzma5 libmpc3 libmpfr6 libncursesw6 libnettle8 libnghttp2-14
  libnginx-mod-http-echo libnsl2 libp11-kit0 libpcre2-8-0 libperl5.36 libpsl5 libpython3-stdlib
  libpython3.11-minimal libpython3.11-stdlib libquadmath0 libreadline8 librtmp1 libsasl2-2
  libsasl2-modules-db libselinux1 libsqlite3-0 libssh2-1 libssl3 libstdc++6 libsystemd0 libtasn1-6
  libtinfo6 libtirpc-common libtirpc3 libtsan2 libubsan1 libunistring2 libuuid1 libzstd1 media-types
  nginx nginx-common nginx-light perl perl-modules-5.36 python3 python3-minimal python3-numpy
  python3-pkg-resources python3.11 python3.11-minimal readline-common redis-server redis-tools
  zlib1g`.split(/\s+/);

/** A package file and the packages, of ours, that it depends on. */
export interface Package {
  /** Name and version, fit for a store path. */
  readonly name: string;
  readonly package: string;
  readonly file: string;
  readonly depends: readonly string[];
}

/** Downloads the packages into a folder; dependencies come first. */
export async function packages(folder: string): Promise<Package[]> {
  await run("apt-get", ["download", "--quiet", ...NAMES], { cwd: folder });
  const found = new Map<string, Package>();
  for (const file of (await readdir(folder)).sort()) {
    const each = await packageIn(join(folder, file));
    found.set(each.package, each);
  }
  return inOrder(found);
}

async function packageIn(file: string): Promise<Package> {
  const format = "${Package}\n${Version}\n${Pre-Depends}, ${Depends}";
  const { stdout } = await run("dpkg-deb", ["--show", `--showformat=${format}`, file]);
  const [name = "", version = "", clauses = ""] = stdout.split("\n");
  const depends = clauses.split(",").flatMap((clause) => {
    const alternatives = clause.split("|").map((each) => each.trim().split(/[\s:(]/)[0]!);
    return alternatives.filter((each) => NAMES.includes(each)).slice(0, 1);
  });
  return {
    name: `${name}-${version}`.replaceAll(":", ".").replaceAll("~", "-"),
    package: name,
    file,
    depends: [...new Set(depends)],
  };
}

/** Depth first. The C library stands below all; what else would be a circle loses its last edge. */
function inOrder(found: ReadonlyMap<string, Package>): Package[] {
  const ordered = new Map<string, Package>();
  const begun = new Set<string>();
  const visit = (name: string) => {
    const each = found.get(name);
    if (each === undefined || begun.has(name)) return;
    begun.add(name);
    const depends = name === "libc6" ? [] : each.depends;
    depends.forEach(visit);
    ordered.set(name, { ...each, depends: depends.filter((other) => ordered.has(other)) });
  };
  ["libc6", ...NAMES].forEach(visit);
  return [...ordered.values()];
}
