/** Reads the databases of dpkg, apk and RPM from the files of an image. */
import { collectStream } from "../bytes/stream.ts";
import { entryPathOf } from "../flatten/tree/path.ts";
import type { ContentStore, FlatTree } from "../flatten/types.ts";
import type { TarMember } from "../tar/read.ts";
import { encodePurl } from "./purl.ts";
import { createRpmFiles } from "./rpm-database.ts";
import type { ImagePackage } from "./types.ts";

/** The most bytes of a database that is read: that of ten thousand packages has some 20 MB. */
const MOST = 64 * 1024 * 1024;

const DPKG = /^var\/lib\/dpkg\/(?:status|status\.d\/[^/]+)$/;
const APK = /^(?:usr\/)?lib\/apk\/db\/installed$/;
const OS = /^(?:etc|usr\/lib)\/os-release$/;
const RPM = /^(?:var\/lib|usr\/lib\/sysimage|usr\/share)\/rpm\/rpmdb\.sqlite(?:-wal)?$/;
const OLD_RPM = /^(?:var\/lib|usr\/lib\/sysimage)\/rpm\/Packages(?:\.db)?$/;

/** A store for reading layers that keeps databases, and what is in them in the end. */
export interface PackageStore extends AsyncDisposable {
  readonly store: ContentStore;
  finish(tree: FlatTree): Promise<{ others: ImagePackage[]; unknown: string[] }>;
}

/** Creates the store. @param other gets all that is not a database. */
export function createPackageStore(other?: ContentStore): PackageStore {
  const texts = new Map<number, string>();
  const rpm = createRpmFiles();
  return {
    store: {
      async put(file, member, layer) {
        const path = entryPathOf(member.entry.path);
        if (isKept(path, member)) {
          texts.set(file, (await collectStream(member.data, MOST, path)).toString("utf8"));
        } else if (RPM.test(path) && member.storedSize > 0) await rpm.put(file, member.data);
        else await other?.put(file, member, layer);
      },
    },
    async finish(tree) {
      const others: ImagePackage[] = [];
      const rpms: ImagePackage[] = [];
      const unknown: string[] = [];
      const system = readSystem(tree, texts);
      const take = (path: string, file: number, parse: typeof parseDpkg) => {
        const text = texts.get(file);
        if (text === undefined) unknown.push(`/${path} is too large, and was not read.`);
        else others.push(...parse(text, system));
      };
      const takeRpm = async (path: string, file: number) => {
        const wal = tree.find(`${path}-wal`);
        const walFile = wal?.type === "file" && wal.storedSize > 0 ? wal.file : undefined;
        const found = await rpm.list(file, walFile, system).catch(() => undefined);
        if (found) rpms.push(...found);
        else unknown.push(`/${path} is not a database of RPM that can be read.`);
      };
      for (const { path, file, type } of tree.entries()) {
        if (type !== "file") continue;
        if (DPKG.test(path) && !path.endsWith(".md5sums")) take(path, file, parseDpkg);
        else if (APK.test(path)) take(path, file, parseApk);
        else if (RPM.test(path) && path.endsWith(".sqlite")) await takeRpm(path, file);
        else if (OLD_RPM.test(path)) {
          unknown.push(`/${path} is a database of RPM of the old kind, and cannot be read.`);
        }
      }
      return { others: [...resolveNeeds(others), ...rpms], unknown };
    },
    [Symbol.asyncDispose]: () => rpm[Symbol.asyncDispose](),
  };
}

function isKept(path: string, { storedSize }: TarMember): boolean {
  return storedSize <= MOST && (DPKG.test(path) || APK.test(path) || OS.test(path));
}

function readSystem(tree: FlatTree, texts: ReadonlyMap<number, string>): string | undefined {
  for (const path of ["etc/os-release", "usr/lib/os-release"]) {
    const text = texts.get(tree.find(path)?.file ?? 0);
    const id = text && /^ID=["']?([a-z0-9._-]+)["']?$/m.exec(text)?.[1];
    if (id) return id;
  }
  return undefined;
}

/** A package whose needs are names still. */
type Parsed = ImagePackage;

function parseDpkg(text: string, system = "debian"): Parsed[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const fields = new Map(
      [...stanza.matchAll(/^([A-Za-z-]+):[ \t]*(.*)$/gm)].map(([, key, value]) => [key!, value!]),
    );
    const [name, version, architecture = "all"] = ["Package", "Version", "Architecture"]
      .map((field) => fields.get(field));
    const status = fields.get("Status");
    if (!name || !version || status !== undefined && !/ installed$/.test(status)) return [];
    const needs = ["Pre-Depends", "Depends"].flatMap((field) =>
      (fields.get(field) ?? "").split(",").map((one) => one.trim().split(/[ :(|]/)[0]!)
    ).filter((one) => one !== "");
    return [{
      id: `deb:${name}:${architecture}@${version}`,
      from: "deb" as const,
      name,
      version,
      architecture,
      purl: `pkg:deb/${encodePurl(system)}/${encodePurl(name)}@${encodePurl(version)}?arch=${
        encodePurl(architecture)
      }`,
      needs,
    }];
  });
}

function parseApk(text: string, system = "alpine"): Parsed[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const fields = new Map([...stanza.matchAll(/^([A-Za-z]):(.*)$/gm)].map(([, k, v]) => [k!, v!]));
    const [name, version, architecture] = ["P", "V", "A"].map((field) => fields.get(field));
    if (!name || !version) return [];
    const needs = (fields.get("D") ?? "").split(" ").filter((one) => /^[a-z0-9]/i.test(one))
      .map((one) => one.split(/[<>=~@]/)[0]!);
    const arch = architecture ? `?arch=${encodePurl(architecture)}` : "";
    return [{
      id: `apk:${name}@${version}`,
      from: "apk" as const,
      name,
      version,
      ...architecture && { architecture },
      purl: `pkg:apk/${encodePurl(system)}/${encodePurl(name)}@${encodePurl(version)}${arch}`,
      needs,
    }];
  });
}

/** Turns the names of needs into ids, and leaves out those that are not in the image. */
function resolveNeeds(packages: readonly Parsed[]): ImagePackage[] {
  const byId = new Map(packages.map((one) => [one.id, one]));
  const ids = new Map([...byId.values()].map(({ name, id }) => [name, id]));
  return [...byId.values()].map((one) => ({
    ...one,
    needs: [...new Set(one.needs.flatMap((name) => ids.get(name) ?? []))]
      .filter((id) => id !== one.id).sort(),
  }));
}
