/** The directives of a service's process: who it is, where it works, what it may use. */
import { readBoolean, readInteger, readMode, readPath } from "../values.ts";
import { InvalidValue, splitWords } from "../words.ts";
import type { ServiceOutput } from "../../service.ts";
import type { Verdict } from "../types.ts";
import type { UnitDraft } from "../draft.ts";
import type { Directive, ReadingContext } from "./directive.ts";

/** A name of a user or group, or its number; systemd's wide rule, without what /etc/passwd forbids. */
const ACCOUNT = /^(?:\d+|[^\s:/\d-][^\s:/]*)$/;

function readAccount(value: string): string {
  if (!ACCOUNT.test(value)) throw new InvalidValue("it is not the name of a user or group");
  return value;
}

function defineAccount(name: string, field: "user" | "group", says: string): Directive {
  return {
    section: "Service",
    names: [name],
    fate: "kept",
    says,
    resets: true,
    isFatal: true,
    read(value, { fields }, { expand }) {
      if (value === "") delete fields[field];
      else fields[field] = readAccount(expand(value));
    },
  };
}

function defineOutput(name: string, field: "stdout" | "stderr"): Directive {
  return {
    section: "Service",
    names: [name],
    fate: "kept",
    says: "journal and inherit are the container's log; null and files are kept",
    read: (value, draft, context) => readOutput(value, draft, context, field),
  };
}

function readOutput(
  value: string,
  { fields }: UnitDraft,
  { expand }: ReadingContext,
  field: "stdout" | "stderr",
): Verdict | void {
  const file = /^(file|append|truncate):(.*)$/.exec(value);
  const [place, note] = file === null
    ? readNamedOutput(value)
    : [placeOf(file[1]!, readPath(expand(file[2]!)))];
  if (place === undefined) delete fields[field];
  else fields[field] = place;
  if (note !== undefined) return { fate: "changed", note };
}

function placeOf(word: string, path: string): ServiceOutput {
  return { kind: word === "truncate" ? "truncate" : "append", path };
}

function readNamedOutput(value: string): [place?: ServiceOutput, note?: string] {
  if (value === "null") return [{ kind: "null" }];
  if (value === "inherit") return [];
  if (["journal", "syslog"].includes(value)) return [{ kind: "log" }];
  const others = /^(?:tty|kmsg|socket|(?:journal|kmsg|syslog)\+console|fd(?::.*)?|kmsg\+console)$/;
  if (!others.test(value)) throw new InvalidValue("it is not a place for output");
  return [{ kind: "log" }, "the container's log"];
}

/** The directives. */
export const PROCESS_DIRECTIVES: readonly Directive[] = [
  defineAccount("User", "user", "the user that it runs as"),
  defineAccount("Group", "group", "the group that it runs as"),
  {
    section: "Service",
    names: ["DynamicUser"],
    fate: "changed",
    says: "the user is one of the image's, with the same number in each container",
    isFatal: true,
    read(value, { fields }) {
      fields.makesUser = readBoolean(value);
      if (!fields.makesUser) return { fate: "kept" };
      return { fate: "changed", note: "a user of the image, the same in each container" };
    },
  },
  {
    section: "Service",
    names: ["SupplementaryGroups"],
    fate: "kept",
    says: "more groups",
    isList: true,
    isFatal: true,
    read(value, { fields }, { expand }) {
      const added = [...splitWords(value)].map((word) => readAccount(expand(word)));
      fields.extraGroups = value === "" ? [] : [...fields.extraGroups ?? [], ...added];
    },
  },
  {
    section: "Service",
    names: ["WorkingDirectory"],
    fate: "kept",
    says:
      "the folder that it works in; ~ is the user's home; / unless said, whatever the image's own is",
    resets: true,
    isFatal: true,
    read(value, { fields }, { expand }) {
      const optional = value.startsWith("-");
      const path = expand(optional ? value.slice(1) : value);
      if (path === "") delete fields.workingDirectory;
      else {
        const checked = path === "~" ? path : readPath(path);
        fields.workingDirectory = { path: checked, ...(optional && { optional }) };
      }
    },
  },
  {
    section: "Service",
    names: ["UMask"],
    fate: "kept",
    says: "the mask of new files",
    read(value, { fields }) {
      fields.umask = readMode(value);
    },
  },
  {
    section: "Service",
    names: ["Nice"],
    resets: true,
    fate: "kept",
    says: "how nice it is; less than 0 takes a capability that containers seldom have",
    read(value, { fields }) {
      if (value === "") delete fields.nice;
      else fields.nice = readInteger(value, -20, 19);
      if ((fields.nice ?? 0) < 0) {
        return { fate: "changed", note: "only where the container has CAP_SYS_NICE" };
      }
    },
  },
  defineOutput("StandardOutput", "stdout"),
  defineOutput("StandardError", "stderr"),
  {
    section: "Service",
    names: ["StandardInput"],
    fate: "kept",
    says: "null; other inputs are not had",
    read(value) {
      if (value !== "null") return { fate: "not had", note: "its input is empty" };
    },
  },
];
