/** The directives of what a unit is to others: order, need, conditions, installation. */
import { serviceNameOf } from "../unit-name.ts";
import { InvalidValue, splitWords } from "../words.ts";
import { readUnitName } from "../unit-name.ts";
import type { LineFate, Verdict } from "../types.ts";
import type { Directive, ReadingContext } from "./directive.ts";
import { readItems } from "./items.ts";

/** Units whose work is done in a container before its init starts, or when it ends. */
const GIVEN = new RegExp(
  "^(?:(?:network|network-pre|network-online|basic|sysinit|local-fs|local-fs-pre|remote-fs|" +
    "remote-fs-pre|nss-lookup|nss-user-lookup|time-sync|time-set|syslog|multi-user|graphical|" +
    "default|sockets|paths|timers|slices|getty|rpcbind|shutdown|umount|final|reboot|halt|" +
    "poweroff|exit|cryptsetup|swap|initrd|rescue|emergency)\\.target|" +
    "systemd-[\\w@-]+\\.(?:service|socket)|syslog\\.socket|" +
    "-\\.mount|[\\w\\\\-]+\\.slice)$",
);

type ListField = "after" | "precedes" | "requires" | "wants";

/** Puts names of services into a list, and says which names are of other kinds. */
function addNames(
  value: string,
  field: ListField,
  fields: { [K in ListField]?: readonly string[] },
  { expand }: ReadingContext,
): Verdict {
  const { items: names, verdict } = readItems(splitWords(value), (word) => readName(expand(word)));
  const others = names.filter((name) => !GIVEN.test(name));
  const services = others.filter((name) => name.endsWith(".service")).map(serviceNameOf);
  const known = new Set([...fields[field] ?? [], ...services]);
  fields[field] = [...known];
  const lost = others.filter((name) => !name.endsWith(".service"));
  if (lost.length === 0) return verdict ?? { fate: "kept" };
  const fate = lost.length === names.length ? "not had" : "changed";
  return { fate, note: `an image has services only, not ${lost.join(", ")}` };
}

function readName(name: string): string {
  if (readUnitName(name) !== undefined) return name;
  throw new InvalidValue(`${JSON.stringify(name)} is not a unit's name`);
}

/** Reads another name of a service, which has its suffix (systemd.unit(5), "Alias="). */
function readAlias(name: string): string {
  const { suffix, instance } = readUnitName(readName(name))!;
  if (suffix === "service" && instance !== "") return serviceNameOf(name);
  throw new InvalidValue(`${name} is not a name of a service`);
}

function defineNames(
  name: string,
  field: ListField,
  says: string,
  fate: LineFate = "kept",
): Directive {
  return {
    section: "Unit",
    names: [...splitWords(name)],
    fate,
    says,
    isList: true,
    read(value, { fields }, context) {
      if (value === "") return void (fields[field] = []);
      const verdict = addNames(value, field, fields, context);
      return verdict.fate === "kept" && fate === "changed" ? { fate, note: says } : verdict;
    },
  };
}

/** Returns what a directive that only `shutdown.target` and its like may have becomes. */
function judgeNames(value: string, note: string): Verdict {
  return [...splitWords(value)].every((name) => GIVEN.test(name))
    ? { fate: "kept" }
    : { fate: "not had", note };
}

const CONFLICT = "services that exclude each other all start";
const INSTALL = "a service of a SPEC starts with the container";

/** The directives. */
export const RELATION_DIRECTIVES: readonly Directive[] = [
  {
    section: "Unit",
    names: ["Description"],
    resets: true,
    fate: "kept",
    says: "a text for people",
    read(value, { fields }, { expand }) {
      if (value === "") delete fields.description;
      else fields.description = expand(value);
    },
  },
  {
    section: "Unit",
    names: ["Documentation", "SourcePath"],
    fate: "kept",
    says: "for people; it has no effect in systemd either",
    read() {},
  },
  defineNames("After", "after", "it waits for those services; targets and mounts are there before"),
  defineNames("Before", "precedes", "those services wait for it"),
  defineNames("Requires", "requires", "it needs those services to start"),
  defineNames("Wants", "wants", "services that should be in the image, too"),
  defineNames(
    "BindsTo BindTo Requisite",
    "requires",
    "as Requires: it does not end when the other one does",
    "changed",
  ),
  defineNames("Upholds", "wants", "as Wants: it starts no other service again", "changed"),
  {
    section: "Unit",
    names: ["PartOf"],
    fate: "changed",
    says:
      "all services of a container stop together; one that is started again takes no other along",
    isList: true,
  },
  {
    section: "Unit",
    names: ["Conflicts"],
    fate: "not had",
    says: CONFLICT,
    isList: true,
    read: (value) => judgeNames(value, CONFLICT),
  },
  {
    section: "Install",
    names: ["WantedBy", "RequiredBy"],
    fate: "kept",
    says: "a service of a SPEC starts with the container, as if the image wanted it",
    isList: true,
    read: (value) =>
      judgeNames(value, `${INSTALL}, not with another unit`).fate === "kept"
        ? { fate: "kept" }
        : { fate: "changed", note: `${INSTALL}, not with another unit` },
  },
  {
    section: "Install",
    names: ["Alias"],
    fate: "kept",
    says: "other names by which services may call it",
    isList: true,
    read(value, { fields }, { expand }) {
      const { items, verdict } = readItems(splitWords(value), (word) => readAlias(expand(word)));
      fields.aliases = value === "" ? [] : [...fields.aliases ?? [], ...items];
      return verdict;
    },
  },
  {
    section: "Install",
    names: ["DefaultInstance"],
    fate: "changed",
    says: "the instance is the one in the name that was given",
  },
];
