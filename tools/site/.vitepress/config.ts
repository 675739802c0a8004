import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

const link = (text: string, name: string) => ({ text, link: `/${name}` });
const verbs = readdirSync(fileURLToPath(new URL("../pages/cli", import.meta.url))).sort()
  .map((name) => name.slice(0, -".md".length));

export default defineConfig({
  title: "nixoci",
  description: "Moves, pulls, flattens and builds container images",
  srcDir: "pages",
  base: process.env["SITE_BASE"] ?? "/",
  // The library's reference is made after the pages.
  ignoreDeadLinks: [/^\/api\//],
  // Words in angle brackets stay words, and braces are braces.
  markdown: {
    html: false,
    config: ({ renderer: { rules } }) => {
      const { code_inline: inline, text } = rules;
      rules.code_inline = (...all) => inline!(...all).replace("<code", "<code v-pre");
      rules.text = (...all) => text!(...all).replaceAll("{{", "&#123;&#123;");
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      link("Begin", "tutorials"),
      link("Install", "install"),
      link("Command line", "cli"),
      { text: "Library", link: "/api/index.html", target: "_self" },
      link("Changes", "changelog"),
    ],
    sidebar: [
      {
        text: "Begin",
        items: [
          link("Overview", ""),
          link("Ten minutes", "tutorials"),
          link("Install", "install"),
          link("Moving over", "moving-over"),
          link("Flags of other tools", "other-tools"),
          link("In pipelines", "pipelines"),
          link("With Deno", "deno"),
        ],
      },
      {
        text: "Images",
        items: [
          link("Build", "build"),
          link("Layering", "layering"),
          link("Options of a SPEC", "options"),
          link("Base images", "base-images"),
          link("Scripts", "scripts"),
          link("Services", "services"),
          link("Change", "mutate"),
          link("Indexes", "indexes"),
          link("Run", "run"),
          link("Development shells", "shell"),
          link("Functions for Nix", "nix-functions"),
        ],
      },
      {
        text: "Move and keep",
        items: [
          link("Pull", "pull"),
          link("Lockfiles", "lock"),
          link("Sync", "sync"),
          link("Serve", "serve"),
          link("Artifacts", "artifacts"),
          link("Housekeeping", "housekeeping"),
          link("Verify", "verify"),
        ],
      },
      {
        text: "See",
        items: [
          link("Explain", "explain"),
          link("Bills of materials", "sbom"),
          link("Export", "export"),
          link("Unpack", "unpack"),
          link("Benchmarks", "benchmarks"),
          link("Trust", "trust"),
        ],
      },
      {
        text: "Commands",
        collapsed: true,
        items: verbs.map((name) => link(name, `cli/${name}`)),
      },
      {
        text: "About",
        items: [
          link("The image model", "image-model"),
          link("Words", "words"),
          link("JSON for programs", "json"),
          link("Versions", "versions"),
          link("Dependencies", "dependencies"),
          link("Changes", "changelog"),
          link("Contributing", "contributing"),
          link("Security", "security"),
        ],
      },
    ],
  },
});
