// Fails where the registry's signature of an installed package is wrong. A registry that cannot be
// reached, or that signs nothing, is no failure: the hashes of the lockfile hold all the same.
import { spawnSync } from "node:child_process";

const words = ["audit", "signatures", "--json", "--fetch-retries=0", "--fetch-timeout=10000"];
const { stdout } = spawnSync("npm", words, { encoding: "utf8", timeout: 120_000 });
const { invalid, missing = [] } = parse(stdout ?? "");
if (invalid === undefined) console.log("skipped: npm audit signatures: the registry says nothing");
else {
  for (const { name, version } of invalid) console.log(`wrong signature: ${name}@${version}`);
  console.log(`${invalid.length} signatures are wrong, ${missing.length} are missing`);
  process.exitCode = invalid.length === 0 ? 0 : 1;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
