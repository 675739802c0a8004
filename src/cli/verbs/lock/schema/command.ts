/** `nixoci lock schema` */
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Print the lockfile's JSON Schema, for editors and other programs",
  examples: ["nixoci lock schema > nixoci.lock.schema.json"],
  args: {},
  flags: {},

  async run(_args, _flags, io) {
    const { createLockJsonSchema } = await import("../../../../lock/json-schema.ts");
    io.write(JSON.stringify(createLockJsonSchema(), null, 2) + "\n");
  },
});
