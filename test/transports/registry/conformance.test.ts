import { transport } from "../../../transports/registry/mod.ts";
import { openRegistry } from "../../support/registry-server.ts";
import { conformance } from "../conformance.ts";

conformance(transport, async () => {
  const registry = await openRegistry();
  return {
    location: (name) => `//${registry.host}/team/app${name === undefined ? "" : `:${name}`}`,
    dispose: async () => await registry[Symbol.asyncDispose](),
  };
}, { manifests: true, indexes: true, artifacts: true, adds: true, names: ["one", "two"] });
