/** The directives that make a service start only where something is so. */
import type { Command } from "../../service.ts";
import { readPath } from "../values.ts";
import { InvalidValue } from "../words.ts";
import { type Directive, splitNames } from "./directive.ts";

/** The conditions that the program `test` of every image with a shell can find out. */
const TESTS: Readonly<Record<string, string>> = {
  ConditionPathExists: "-e",
  ConditionPathIsDirectory: "-d",
  ConditionPathIsSymbolicLink: "-h",
  ConditionPathIsReadWrite: "-w",
  ConditionFileNotEmpty: "-s",
  ConditionFileIsExecutable: "-x",
};

function commandOf(test: string, path: string, isNegated: boolean): Command {
  const words = ["test", ...(isNegated ? ["!"] : []), test, path];
  return { words: words.map((text) => [{ kind: "text", text }]), privileged: true };
}

/** Words of `ConditionVirtualization=` that are true in a container, whichever it is. */
const HERE = /^(?:yes|true|1|on|y|t|container|private-users)$/;

const NOT_ASKED = "it is not found out: the service starts anyway";

/** The directives. */
export const CONDITION_DIRECTIVES: readonly Directive[] = [
  {
    section: "Unit",
    names: Object.keys(TESTS),
    fate: "kept",
    says: "found out at start by the program test; else the service is passed over",
    isList: true,
    read(value, { fields }, { expand, assignment: { name } }) {
      // An empty one takes back all conditions, of whatever kind.
      if (value === "") return void (fields.conditions = []);
      const [, signs, rest] = /^([|!]*)(.*)$/s.exec(value)!;
      if (!/^\|?!?$/.test(signs!)) throw new InvalidValue("it begins with | or !, in this order");
      const path = readPath(expand(rest!));
      if (signs!.includes("|")) {
        return { fate: "not had", note: "one of several conditions: the service starts anyway" };
      }
      const command = commandOf(TESTS[name]!, path, signs!.includes("!"));
      fields.conditions = [...fields.conditions ?? [], command];
    },
  },
  {
    section: "Unit",
    names: ["ConditionVirtualization"],
    fate: "changed",
    says: "a service that is put into an image is meant to start in a container",
    read(value) {
      if (value === "" || HERE.test(value)) return;
      return { fate: "not had", note: "the service is in an image, so it is meant to start there" };
    },
  },
  {
    section: "Unit",
    names: splitNames(`
      ConditionPathExistsGlob ConditionPathIsMountPoint ConditionPathIsEncrypted
      ConditionDirectoryNotEmpty ConditionNeedsUpdate ConditionFirstBoot ConditionArchitecture
      ConditionFirmware ConditionHost ConditionKernelCommandLine ConditionKernelVersion
      ConditionCredential ConditionSecurity ConditionCapability ConditionACPower ConditionMemory
      ConditionCPUFeature ConditionCPUs ConditionEnvironment ConditionUser ConditionGroup
      ConditionControlGroupController ConditionOSRelease ConditionMemoryPressure
      ConditionCPUPressure ConditionIOPressure ConditionVersion ConditionPathIsSocket
      ConditionKernelModuleLoaded
      AssertPathExists AssertPathExistsGlob AssertPathIsDirectory AssertPathIsSymbolicLink
      AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsEncrypted AssertDirectoryNotEmpty
      AssertFileNotEmpty AssertFileIsExecutable AssertNeedsUpdate AssertFirstBoot
      AssertArchitecture AssertFirmware AssertVirtualization AssertHost AssertKernelCommandLine
      AssertKernelVersion AssertCredential AssertSecurity AssertCapability AssertACPower
      AssertMemory AssertCPUFeature AssertCPUs AssertEnvironment AssertUser AssertGroup
      AssertControlGroupController AssertOSRelease AssertMemoryPressure AssertCPUPressure
      AssertIOPressure AssertVersion AssertPathIsSocket AssertKernelModuleLoaded`),
    fate: "not had",
    says: NOT_ASKED,
    isList: true,
  },
];
