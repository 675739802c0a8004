// For `node --require`: says at the end, in the last line of standard error, which modules were loaded.
const { basename } = require("node:path");
const { writeSync } = require("node:fs");

process.on("exit", () => {
  const files = Object.keys(require.cache).filter((path) => path !== __filename)
    .map((path) => basename(path).replace(/-[\w-]{8}\.cjs$/, ""));
  const own = process.moduleLoadList.flatMap((name) =>
    /^NativeModule (?!internal)(.*)$/.exec(name)?.[1] ?? []
  );
  writeSync(2, `\n${JSON.stringify({ files, own })}\n`);
});
