/** The command line with a verb that waits for what never comes. */
import process from "node:process";
import { main } from "../../src/cli/main.ts";
import { type LoadVerb, VERBS } from "../../src/cli/verbs.ts";

const load: LoadVerb = () => new Promise(() => {});
(VERBS as Record<string, unknown>)["ping"] = load;
void main(process.argv.slice(2), { name: "nixoci", version: "0", description: "" });
