/** The page of systemd units, with the table of directives that the reader of units has. */
import type { Directive } from "../../services/units/directives/directive.ts";
import { DIRECTIVES } from "../../services/units/directives/table.ts";
import { formatList } from "./markdown.ts";

const INTRODUCTION = `# systemd units

<!-- Made by \`npm run docs\` from src/cli/docs/units.ts and src/services/units: change it there. -->

A service that comes with a systemd unit needs no second description. nixoci reads units as systemd
does (252, Debian 12's, is what the tests compare with) and makes services of them, which an image's
own init runs. Nothing is dropped in silence: every line is **kept**, **changed** or **not had**,
and \`units check\` says which, and why:

\`\`\`sh
nixoci units check app.service
nixoci units check --root rootfs app@1.service
\`\`\`

\`--strict\` makes it exit with 1 unless all lines are kept. A unit that cannot be a service at all
(no \`ExecStart=\`, two of them, another kind of unit, a section without its bracket) is an error
anyway. Values of \`Environment=\` and of credentials are not shown.

## How a unit is read

- A name is looked up in \`/etc/systemd/system\`, \`/usr/local/lib/systemd/system\`,
  \`/usr/lib/systemd/system\` and \`/lib/systemd/system\` of the image. Links to other units are
  aliases, links to \`/dev/null\` and empty files are masks, and \`app@1.service\` is found as
  \`app@.service\`.
- Drop-ins, \`*.conf\` in \`app.service.d\` and in the folders of its template, its prefixes and
  \`service.d\`, are applied in the order of their names. Lists grow; an empty assignment takes back
  what they had.
- A backslash at a line's end joins it to the next; comment lines in between are passed over.
- Quotes and escapes (\`\\n\`, \`\\x20\`, \`\\040\`, \`\\u00e9\`) are those of \`systemd.syntax(7)\`. An escape
  that is not known stays as it is.
- \`%\` specifiers are expanded, as for the system's manager. What is only known where a container
  runs (\`%H\`, \`%m\`, \`%b\`, \`%v\`…) makes a line one that is not had.
- \`$NAME\` as a word of its own becomes as many words as its value has, \`\${NAME}\` one; \`$$\` is a
  dollar. The values are those at the start: of the container, of \`Environment=\` and of
  \`EnvironmentFile=\`.
- Commands may begin with \`@\`, \`-\`, \`:\`, \`+\`, \`!\` and \`!!\` in any order.

## Other kinds of units

Timers, sockets, paths, mounts, targets and the rest are named as not supported. Sockets: let the
service open its own. Timers: let the platform start containers at times.

## Directives

The worst that a line of each kind can become, beside values that systemd itself ignores.
`;

const HEADINGS = {
  kept: "### Kept\n",
  changed: "### Changed\n",
  "not had": "### Not had\n",
} as const;

/** Makes the page. */
export function createUnitsPage(): string {
  const parts = Object.entries(HEADINGS).flatMap(([fate, heading]) => [
    heading,
    formatList(listAlike(DIRECTIVES.filter((one) => one.fate === fate))),
  ]);
  return [INTRODUCTION, ...parts].join("\n");
}

/** Describes directives, those of which the same is to be said together. */
function listAlike(directives: readonly Directive[]): string[] {
  const names = new Map<string, Set<string>>();
  for (const { says, section, names: own } of directives) {
    const alike = names.get(says) ?? new Set();
    for (const name of own) alike.add(section === "Install" ? `[Install] ${name}` : name);
    names.set(says, alike);
  }
  return [...names].map(([says, alike]) =>
    `${[...alike].map((name) => `\`${name}\``).join(", ")}: ${says}`
  );
}
