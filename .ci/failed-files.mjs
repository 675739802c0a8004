// Prints the files in which tests of a vitest report have failed, one a line.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const [report] = process.argv.slice(2);
for (
  const { name, status, assertionResults } of JSON.parse(readFileSync(report, "utf8")).testResults
) {
  if (status === "failed" || assertionResults.some((test) => test.status === "failed")) {
    console.log(relative(process.cwd(), name));
  }
}
