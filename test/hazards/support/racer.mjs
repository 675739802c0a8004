// Swaps things for links until it is told to stop: `racer.mjs swap PATH VICTIM` what is at the path,
// `racer.mjs steal FOLDER VICTIM` what nixoci makes out of sight in a folder. Says when it has begun,
// and in the end how many times it has.
import { readdirSync, renameSync, symlinkSync, unlinkSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

const [how, path, victim] = process.argv.slice(-3);
let swaps = 0;
let stopped = false;
process.stdin.on("data", () => stopped = true);

while (!stopped) {
  for (let i = 0; i < 50; i++) swap();
  if (swaps > 0 || how === "steal") say("begun");
  await setImmediate();
}
say(`${swaps}`);
process.exit();

function swap() {
  if (how === "swap") return swapOne(path);
  for (const name of readdirSync(path)) {
    if (name.startsWith(".nixoci-")) swapOne(`${path}/${name}`);
  }
}

function swapOne(at) {
  try {
    renameSync(at, `${at}.away`);
    symlinkSync(victim, at);
    swaps++;
    unlinkSync(at);
  } catch { // it is not there, or something else is
  }
  try {
    renameSync(`${at}.away`, at);
  } catch { // it is in the other's hands
  }
}

function say(line) {
  if (line !== "begun" || !say.begun) console.log(line);
  say.begun = true;
}
