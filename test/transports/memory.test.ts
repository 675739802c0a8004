import { transport } from "../../transports/memory.ts";
import { conformance } from "./conformance.ts";

let next = 0;

conformance(transport, () => {
  const store = `conformance-${next++}`;
  return Promise.resolve({
    location: (name) => name === undefined ? store : `${store}:${name}`,
    dispose: () => Promise.resolve(),
  });
}, { manifests: true, indexes: true, artifacts: true, adds: true, names: ["one", "two"] });
