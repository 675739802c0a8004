/**
 * Reads the files of `skopeo sync --src yaml`, with its rules: expressions match anywhere in a tag,
 * one platform is taken unless all are asked for, and images are called by the last word of their
 * repository at the destination.
 * @see https://github.com/containers/skopeo/blob/main/docs/skopeo-sync.1.md#yaml-file-content-used-source-for---src-yaml
 */
import * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import { omitMissing } from "../../base/omit-missing.ts";
import { isObject } from "../../image/json.ts";
import { compileMastermindsRange } from "../tags/masterminds.ts";
import type { HostRules, SyncConfig, SyncRule } from "../model.ts";
import { checkYamlFields } from "../../image/yaml/check.ts";
import { refuseTwice, type YamlDocument } from "../../image/yaml/parse.ts";
import { compileAt, compileWith } from "./values.ts";

const host = z.strictObject({
  images: z.nullish(z.record(z.string(), z.nullish(z.array(z.string())))),
  "images-by-tag-regex": z.nullish(z.record(z.string(), z.string())),
  "images-by-semver": z.nullish(z.record(z.string(), z.string())),
  credentials: z.nullish(z.strictObject({
    username: z.nullish(z.string()),
    password: z.nullish(z.string()),
  })),
  "tls-verify": z.nullish(z.boolean()),
  "cert-dir": z.nullish(z.string()),
});

type SkopeoHost = z.infer<typeof host>;

const FIELDS = Object.keys(host.shape);

/** The words that skopeo has on its command line. */
export interface SkopeoChoice {
  /** The place that the images go to, as `scheme:location`. */
  readonly destination?: string | undefined;
  /** Keep hosts and whole repositories in the names. */
  readonly scoped?: boolean | undefined;
  /** Take indexes whole. */
  readonly all?: boolean | undefined;
}

/** Tells whether a file is one of skopeo's: hosts, and what is meant of each. */
export function isSkopeoConfig(value: unknown): boolean {
  return isObject(value) &&
    Object.values(value).some((inner) =>
      isObject(inner) && FIELDS.some((field) => Object.hasOwn(inner, field))
    );
}

/** Reads a file of skopeo's. @throws NixociError `MALFORMED`, `USAGE`, with the line. */
export function readSkopeoConfig(document: YamlDocument, choice: SkopeoChoice): SyncConfig {
  refuseTwice(document);
  if (choice.destination === undefined) {
    throw new NixociError("USAGE", "a file of skopeo's does not say where images go", {
      hint: "name it: nixoci sync FILE registry:HOST/PREFIX",
    });
  }
  const schema = z.record(z.string(), z.nullable(host));
  const file = checkYamlFields(schema, document.value, document, { known: FIELDS });
  const hosts: Record<string, HostRules> = {};
  const rules: SyncRule[] = [];
  for (const [name, settings] of Object.entries(file)) {
    if (settings === null) continue;
    hosts[name] = readHost(settings);
    rules.push(...readRules(name, settings, choice, document));
  }
  return { rules, hosts, notices: [] };
}

function readHost({ credentials, ...rest }: SkopeoHost): HostRules {
  return omitMissing({
    username: credentials?.username || undefined,
    password: credentials?.password || undefined,
    tlsVerify: rest["tls-verify"],
    certDir: rest["cert-dir"] || undefined,
  });
}

function readRules(
  name: string,
  settings: SkopeoHost,
  choice: SkopeoChoice,
  { whereIs }: YamlDocument,
): SyncRule[] {
  const { images, "images-by-tag-regex": byRegex, "images-by-semver": bySemver } = settings;
  const ruleOf = (
    field: keyof SkopeoHost,
    repository: string,
    chosen: Pick<Partial<SyncRule>, "names" | "choose">,
  ): SyncRule => ({
    source: `registry:${name}/${repository}`,
    kind: "repository",
    destination: destinationOf(choice),
    platforms: choice.all ? undefined : ["host"],
    where: whereIs([name, field, repository]),
    ...chosen,
  });
  const keep = (isWanted: (tag: string) => boolean) => ({
    choose: async (tags: readonly string[]) => tags.filter(isWanted),
  });
  return [
    ...Object.entries(images ?? {}).map(([repository, names]) =>
      ruleOf("images", repository, names && names.length > 0 ? { names } : {})
    ),
    ...Object.entries(byRegex ?? {}).map(([repository, source]) => {
      const regex = compileAt(source, whereIs([name, "images-by-tag-regex", repository]));
      return ruleOf("images-by-tag-regex", repository, keep((tag) => regex.test(tag)));
    }),
    ...Object.entries(bySemver ?? {}).map(([repository, range]) => {
      const where = whereIs([name, "images-by-semver", repository]);
      return ruleOf(
        "images-by-semver",
        repository,
        keep(compileWith(() => compileMastermindsRange(range), where)),
      );
    }),
  ];
}

/** Returns where an image goes: by its last word, or with `scoped` by its whole name. */
function destinationOf({ destination = "", scoped }: SkopeoChoice): string {
  if (destination.includes("{")) return destination;
  const name = scoped ? "{host}/{repository}" : "{name}";
  return `${destination.replace(/\/+$/, "")}/${name}:{tag}`;
}
