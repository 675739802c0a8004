// Sums the vitest reports of a CI run: names what was skipped and what has passed at its second try
// only, and ends with one line.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const files = readdirSync(folder);
const total = {
  passed: 0,
  failed: files.filter((name) => name.endsWith(".step")).length,
  skipped: 0,
};

for (const name of files.filter((name) => /^[^.]+\.status$/.test(name)).sort()) {
  const suite = name.slice(0, -".status".length);
  const { passed, failed, skipped, second } = count(suite);
  console.log(`${suite}: ${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  for (const title of second) console.log(`  passed at the second try, which is a bug: ${title}`);
  for (const title of skipped) console.log(`  skipped: ${title}`);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped.length;
}

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Counts what a suite has shown: its first run, and its second one for the files that ran again. */
function count(suite) {
  const result = { passed: 0, failed: 0, skipped: [], second: [] };
  const again = new Map(readReport(`${suite}.again`).map((file) => [file.name, file]));
  for (const first of readReport(suite)) {
    const file = again.get(first.name) ?? first;
    const passes = new Set(namesOf(file, "passed"));
    for (const name of namesOf(first, "failed")) {
      if (passes.has(name)) result.second.push(titleOf(file, name));
    }
    addFile(result, file);
  }
  // a run that broke off without a failed test is a failure all the same
  const status = readStatus(again.size > 0 ? `${suite}.again` : suite);
  if (status !== 0 && result.failed === 0) result.failed = 1;
  return result;
}

function addFile(result, file) {
  let failed = 0;
  for (const { status, fullName } of file.assertionResults) {
    if (status === "passed") result.passed++;
    else if (status === "failed") failed++;
    else result.skipped.push(titleOf(file, fullName));
  }
  // a file that cannot even be loaded has no tests to count
  result.failed += file.status === "failed" ? Math.max(failed, 1) : failed;
}

function namesOf(file, wanted) {
  return file.assertionResults.filter(({ status }) => status === wanted).map((it) => it.fullName);
}

function titleOf(file, fullName) {
  return `${file.name.slice(process.cwd().length + 1)}: ${fullName}`;
}

function readReport(name) {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).testResults : [];
}

function readStatus(name) {
  return Number(readFileSync(join(folder, `${name}.status`), "utf8"));
}
