/** The directives of what a service finds: variables, folders, limits. */
import { InvalidValue, splitWords } from "../words.ts";
import {
  readBoolean,
  readInnerPath,
  readInteger,
  readMode,
  readPath,
  readSize,
  readTime,
} from "../values.ts";
import type { FolderKind } from "../draft.ts";
import type { Directive } from "./directive.ts";
import { readItems } from "./items.ts";

const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** The places of folders. */
const PLACES: Readonly<Record<FolderKind, readonly [directive: string, below: string]>> = {
  runtime: ["RuntimeDirectory", "/run"],
  state: ["StateDirectory", "/var/lib"],
  cache: ["CacheDirectory", "/var/cache"],
  logs: ["LogsDirectory", "/var/log"],
  configuration: ["ConfigurationDirectory", "/etc"],
};

/** The limits, by the way their values are written. */
const LIMITS = {
  size: ["FSIZE", "DATA", "STACK", "CORE", "RSS", "AS", "MEMLOCK", "MSGQUEUE"],
  seconds: ["CPU"],
  microseconds: ["RTTIME"],
  number: ["NOFILE", "NPROC", "LOCKS", "SIGPENDING", "RTPRIO"],
  nice: ["NICE"],
} as const;

type LimitWriting = keyof typeof LIMITS;

function defineFolder(kind: FolderKind): Directive[] {
  const [name, below] = PLACES[kind];
  return [{
    section: "Service",
    names: [name],
    fate: "kept",
    says: `folders below ${below} that are made at start`,
    isList: true,
    read(value, draft, { expand }) {
      if (value === "") draft.folders = draft.folders.filter((folder) => folder.kind !== kind);
      const { items, verdict } = readItems(
        splitWords(value),
        (word) => readFolderName(expand(word)),
      );
      draft.folders.push(...items.map((inner) => ({ kind, path: `${below}/${inner}` })));
      return verdict;
    },
  }, {
    section: "Service",
    names: [`${name}Mode`],
    fate: "kept",
    says: "the mode of such folders",
    read(value, { folderModes }) {
      folderModes[kind] = readMode(value);
    },
  }];
}

function readFolderName(word: string): string {
  const name = readInnerPath(word);
  if (name === "" || name.startsWith("/")) {
    throw new InvalidValue(`${JSON.stringify(word)} is not a relative path`);
  }
  if (name.includes(":")) throw new InvalidValue(`links to a folder (${word}) cannot be made`);
  return name;
}

function defineLimit(resource: string, writing: LimitWriting): Directive {
  return {
    section: "Service",
    names: [`Limit${resource}`],
    fate: "kept",
    says: "a limit of resources, soft:hard or both; no higher than the container's",
    read(value, { limits }) {
      const name = resource.toLowerCase();
      const [soft, hard = soft, ...more] = value.split(":").map((word) => readLimit(word, writing));
      if (soft === undefined || more.length > 0) throw new InvalidValue("it is not soft:hard");
      if (numberOf(soft) > numberOf(hard!)) throw new InvalidValue("soft is more than hard");
      limits.set(name, { soft, hard: hard! });
    },
  };
}

function numberOf(limit: number | "infinity"): number {
  return limit === "infinity" ? Infinity : limit;
}

function readLimit(word: string, writing: LimitWriting): number | "infinity" {
  if (word === "infinity") return word;
  switch (writing) {
    case "size":
      return readSize(word);
    case "seconds":
      return Math.ceil(readTime(word) / 1000);
    case "microseconds":
      return Math.round(readTime(word, 0.001) * 1000);
    case "nice":
      // What the kernel counts goes the other way: 20 minus the niceness.
      return /^[+-]/.test(word) ? 20 - readInteger(word, -20, 19) : readInteger(word, 0, 40);
    case "number":
      return readInteger(word, 0, Number.MAX_SAFE_INTEGER);
  }
}

/** The directives. */
export const SURROUNDING_DIRECTIVES: readonly Directive[] = [
  {
    section: "Service",
    names: ["Environment"],
    fate: "kept",
    says: "variables; later ones win",
    isList: true,
    read(value, { environment }, { expand }) {
      if (value === "") environment.clear();
      const { items, verdict } = readItems(splitWords(value, "all"), (word) => {
        const text = expand(word);
        // Not shown: it may be a part of a secret that was not quoted.
        if (!ASSIGNMENT.test(text)) throw new InvalidValue("a word of it is not NAME=value");
        return text;
      });
      for (const item of items) {
        const at = item.indexOf("=");
        environment.set(item.slice(0, at), item.slice(at + 1));
      }
      return verdict;
    },
  },
  {
    section: "Service",
    names: ["EnvironmentFile"],
    fate: "kept",
    says: "files of variables, read at each start; - makes one optional",
    isList: true,
    read(value, { fields }, { expand }) {
      if (value === "") return void (fields.environmentFiles = []);
      const optional = value.startsWith("-");
      const path = readPath(expand(optional ? value.slice(1) : value));
      const added = { path, ...(optional && { optional }) };
      fields.environmentFiles = [...fields.environmentFiles ?? [], added];
    },
  },
  {
    section: "Service",
    names: ["PassEnvironment"],
    fate: "kept",
    says: "all of the container's variables reach the service",
    isList: true,
    read() {},
  },
  ...(Object.keys(PLACES) as FolderKind[]).flatMap(defineFolder),
  {
    section: "Service",
    names: ["RuntimeDirectoryPreserve"],
    fate: "kept",
    says: "whether the folders below /run stay when it stops",
    read(value, draft) {
      draft.keepsRuntime = value === "restart" || readBoolean(value);
    },
  },
  ...(Object.keys(LIMITS) as LimitWriting[]).flatMap((writing) =>
    LIMITS[writing].map((resource) => defineLimit(resource, writing))
  ),
];
