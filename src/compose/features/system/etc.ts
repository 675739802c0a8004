/** `etc`: files in `/etc`, as NixOS's `environment.etc` has them. */
import { posix } from "node:path";
import { NixociError } from "../../../base/errors.ts";
import { ACCOUNT_FILES } from "../../../services/accounts/mod.ts";
import { readAccounts } from "../../accounts/accounts.ts";
import type { Addition } from "../../customise/customisation.ts";
import { checkPlaces } from "../../etc/check-places.ts";
import { type EtcFile, makeEtcFile } from "../../etc/etc-file.ts";
import { makeAbsolute } from "../../parts.ts";
import { defineFeature, type FieldValues, type Kinds } from "../feature.ts";

const MODE = /^(symlink|[0-7]{3,4})$/;

function defineEtc(is: Kinds) {
  return is.object({
    enable: is.field(is.flag, "false leaves the file out", { usual: true, example: false }),
    text: is.field(is.text, "What is in the file", { example: "welcome\n" }),
    source: is.field(
      is.path,
      "What it is made of instead: a file or folder beside the SPEC, which is copied, or one in a store " +
        "path, which is linked",
      { example: "app.conf" },
    ),
    mode: is.field(
      is.matching(MODE, 'must be "symlink" or octal digits'),
      "Octal digits; with them a file of the store is copied. Without, a text has 0644, and a copied " +
        "file its own",
      { usual: "symlink", example: "0640" },
    ),
    user: is.field(is.filled, "Who owns it: a name, or +ID; root by default", { example: "app" }),
    group: is.field(is.filled, "Its group: a name, or +ID; root by default", { example: "+1000" }),
    uid: is.field(is.whole(0), "The same as an ID", { usual: 0, example: 1000 }),
    gid: is.field(is.whole(0), "The same as an ID", { usual: 0, example: 1000 }),
    target: is.field(is.filled, "Its place below /etc, if not that of the field", {
      example: "app/app.conf",
    }),
  }, 'must be an object such as {"text": "…"}');
}

type EtcSpec = NonNullable<FieldValues<{ etc: ReturnType<typeof defineEtc> }>["etc"]>;

/** The field, and those of other features that make files in `/etc`, too. */
interface EtcFields {
  etc?: Readonly<Record<string, EtcSpec>> | null | undefined;
  users?: object | null | undefined;
  groups?: object | null | undefined;
  nix?: { readonly enable?: boolean | null | undefined } | null | undefined;
}

export const etc = defineFeature((is: Kinds) => ({
  etc: is.field(
    is.record(defineEtc(is), "must be an object of files"),
    "Files in /etc, by their place there, with NixOS's options",
  ),
}), {
  add: ({ etc, ...others }: EtcFields, image, { folder }) => {
    const files = Object.entries(etc ?? {}).filter(([, one]) => one.enable ?? true)
      .map(([name, one]) => readFile(name, one, folder));
    if (files.length === 0) return {};
    checkPlaces(files);
    for (const file of files) checkOthers(file, others);
    const linked = files.filter(({ source, mode }) => source !== undefined && mode === undefined);
    return {
      additions: [...image.additions, createAddition(files, image.accounts)],
      mentions: [
        ...image.mentions,
        ...linked.map(({ at, source }) => ({ at: `${at}.source`, text: source! })),
      ],
    };
  },
});

/** Proves that no other field makes the same file. */
function checkOthers({ at, place }: EtcFile, { users, groups, nix }: EtcFields): void {
  const isAccounts = ACCOUNT_FILES.some((name) => place === `/etc/${name}`);
  const other = isAccounts && (users || groups || nix?.enable)
    ? "users and groups"
    : /^\/etc\/nix\/(nix\.conf|machines)$/.test(place) && nix?.enable
    ? "nix"
    : undefined;
  if (other === undefined) return;
  throw new NixociError("USAGE", `${at}: ${other} of the SPEC make ${place} as well`, {
    hint: "say it there",
  });
}

function createAddition(
  files: readonly EtcFile[],
  draft: Parameters<typeof readAccounts>[0],
): Addition {
  return async (stored, context, drafted) => {
    const accounts = await readAccounts(draft, stored, context, drafted);
    return files.flatMap((file) => makeEtcFile(file, accounts, context.paths));
  };
}

function readFile(name: string, asked: EtcSpec, folder: string): EtcFile {
  const { text, source, mode, user, group, uid, gid, target } = asked;
  const at = `etc.${name}`;
  const refuse = (why: string, hint: string) => new NixociError("USAGE", `${at}: ${why}`, { hint });
  if (typeof text === "string" === (typeof source === "string")) {
    throw refuse(
      typeof text === "string" ? "there is a text and a source" : "there is no text and no source",
      "write one of the two",
    );
  }
  const place = posix.join("/etc", target ?? name);
  if (!place.startsWith("/etc/") || place.endsWith("/") || (target ?? name).startsWith("/")) {
    throw refuse(
      `${JSON.stringify(target ?? name)} is not a place below /etc`,
      "write it without /etc/",
    );
  }
  return {
    at,
    place,
    text: text ?? undefined,
    source: typeof source === "string" ? makeAbsolute(source, { at: "", folder }) : undefined,
    mode: typeof mode === "string" && mode !== "symlink" ? parseInt(mode, 8) : undefined,
    user: user ?? String(uid ?? 0),
    group: group ?? String(gid ?? 0),
  };
}
