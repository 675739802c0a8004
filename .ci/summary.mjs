// Sums the vitest reports of a CI run: names what was skipped, and ends with one line.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const files = readdirSync(folder);
const read = (name) => readFileSync(join(folder, name), "utf8");
const total = {
  passed: 0,
  failed: files.filter((name) => name.endsWith(".step")).length,
  skipped: 0,
};

for (const name of files.filter((name) => name.endsWith(".status")).sort()) {
  const suite = name.slice(0, -".status".length);
  const status = Number(read(name));
  const { passed, failed: tests, skipped } = count(suite);
  // a run that broke off without a failed test is a failure all the same
  const failed = status !== 0 && tests === 0 ? 1 : tests;
  console.log(`${suite}: ${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  for (const title of skipped) console.log(`  skipped: ${title}`);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped.length;
}

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

function count(suite) {
  const result = { passed: 0, failed: 0, skipped: [] };
  if (!files.includes(`${suite}.json`)) return { ...result, failed: 1 };
  for (const file of JSON.parse(read(`${suite}.json`)).testResults) {
    let failedHere = 0;
    for (const { status, fullName } of file.assertionResults) {
      if (status === "passed") result.passed++;
      else if (status === "failed") failedHere++;
      else result.skipped.push(`${file.name.slice(process.cwd().length + 1)}: ${fullName}`);
    }
    // a file that cannot even be loaded has no tests to count
    result.failed += file.status === "failed" ? Math.max(failedHere, 1) : failedHere;
  }
  return result;
}
