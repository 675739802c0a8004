/** `nixoci units check`: a line for each assignment, and the exit status. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { outcomes } from "../run.ts";
import { temporaryFolder } from "../../support/folder.ts";

it("says line by line what becomes of units, and fails where they cannot be services", async () => {
  const folder = await temporaryFolder();
  const units = join(folder, "etc", "systemd", "system");
  await mkdir(join(units, "app@.service.d"), { recursive: true });
  const file = (name: string, text: string) => writeFile(join(units, name), text);
  await file("app@.service", "[Service]\nExecStart=/bin/app %i\nEnvironment=TOKEN=s3cret\n");
  await file("app@.service.d/x.conf", "[Service]\nPrivateTmp=yes\nno assignment\n");
  await file("plain.service", "[Service]\nExecStart=/bin/app\n");
  await file("daily.timer", "[Timer]\nOnCalendar=daily\n");
  await file("broken.service", "[Service\n");
  await symlink("/dev/null", join(units, "masked.service"));
  const check = (...words: string[]) => ["units", "check", ...words];
  const [found, json, strict, plain, timer, template, broken, none, noRoot, noFolder] =
    await outcomes([
      check("--root", folder, "app@1.service"),
      check("--json", "--root", folder, "app@1.service"),
      check("--strict", "--root", folder, "app@1.service"),
      check("--strict", join(units, "plain.service")),
      check(join(units, "daily.timer")),
      check(join(units, "app@.service")),
      check(...["broken", "masked", "plain"].map((name) => join(units, `${name}.service`))),
      check(join(units, "none.service")),
      check("--root", join(folder, "none"), "app@1.service"),
      check("--root", join(units, "plain.service"), "app@1.service"),
    ]);
  expect(found).toMatchObject({ status: 0, stderr: "" });
  expect(found!.stdout.split("\n")).toEqual([
    "app@1.service: 2 kept, 0 changed, 2 not had",
    "  kept     2: ExecStart=/bin/app %i",
    "  kept     3: Environment=…",
    "  not had  x.conf:2: PrivateTmp=yes  (the container is the sandbox)",
    "  not had  x.conf:3: it is not an assignment, and systemd passes over it, too",
    "",
  ]);
  expect(json!.stdout).not.toContain("s3cret");
  expect(JSON.parse(json!.stdout)[0].lines).toHaveLength(3);
  expect([strict, plain, timer, template].map((one) => one!.status)).toEqual([1, 0, 1, 1]);
  expect(timer!.stdout).toContain("not a service: timers do not work in an image");
  expect(template!.stdout).toContain("it is a template: name an instance, such as app@1.service");
  expect(broken).toMatchObject({ status: 1, stderr: "" });
  // What comes after one that is none is told, too.
  expect(broken!.stdout.split("\n").map((line) => line.replaceAll(`${units}/`, ""))).toEqual([
    "broken.service: 0 kept, 0 changed, 0 not had",
    "  not a service: broken.service:1: the section's name has no ] at its end",
    "masked.service: 0 kept, 0 changed, 0 not had",
    expect.stringMatching(
      /^ {2}not a service: Cannot read masked\.service: the unit masked\.service is masked by masked\.service; remove/,
    ),
    "plain.service: 1 kept, 0 changed, 0 not had",
    "  kept     2: ExecStart=/bin/app",
    "",
  ]);
  expect(none!.stderr).toMatch(
    /^nixoci: Cannot read .*none\.service: there is no unit none\.service/,
  );
  expect(noRoot!.stderr).toMatch(
    /^nixoci: Cannot look in --root .*none: no such file or directory/,
  );
  expect(noFolder!.stderr).toMatch(/^nixoci: Cannot look in --root .*: it is not a folder; name/);
});
