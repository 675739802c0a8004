/** `--policy`, of the verbs that take images. */
import { file } from "@oclif/core/flags";
import type { ReadPolicy } from "../../image/transport.ts";

/** The flag. */
export const policyFlags = {
  policy: file({
    summary: "Take only images that this policy.json allows; the user's or the system's by default",
    helpValue: "file",
  }),
};

/** Its value. */
export interface PolicyValues {
  readonly policy?: string | undefined;
}

/** Returns what reads the policy once, when the first source is opened. */
export function deferPolicy(named: string | undefined): ReadPolicy {
  let policy: ReturnType<ReadPolicy> | undefined;
  const read: ReadPolicy = async () => {
    const { readPolicy } = await import("../../../transports/policy-file.ts");
    return await readPolicy(named);
  };
  return () => policy ??= read();
}
