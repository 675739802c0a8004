import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

const link = (text: string, name: string) => ({ text, link: `/${name}` });
const listPages = (folder: string) =>
  readdirSync(fileURLToPath(new URL(`../pages/${folder}`, import.meta.url))).sort()
    .map((name) => name.slice(0, -".md".length));

/** Where the site is to be: `https://nixoci.github.io/nixoci/`. */
const address = process.env["SITE_URL"];
const base = address === undefined ? "/" : new URL(address).pathname;

export default defineConfig({
  title: "nixoci",
  description: "Copies, builds and serves container images, from anywhere to anywhere",
  srcDir: "pages",
  base,
  ...address === undefined ? {} : { sitemap: { hostname: address } },
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${base}pictures/icon.svg` }]],
  // Words in angle brackets stay words, and braces are braces.
  markdown: {
    html: false,
    // The anchors that GitHub makes, so that links to them work there as well as here.
    anchor: {
      slugify: (title) =>
        title.trim().toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"),
    },
    config: ({ renderer: { rules } }) => {
      const { code_inline: inline, text } = rules;
      rules.code_inline = (...all) => inline!(...all).replace("<code", "<code v-pre");
      rules.text = (...all) => text!(...all).replaceAll("{{", "&#123;&#123;");
    },
  },
  vite: { build: { chunkSizeWarningLimit: 5000 } },
  themeConfig: {
    logo: { src: "/pictures/icon.svg", alt: "" },
    search: {
      provider: "local",
      options: {
        // Of the reference the words are found, not the code: to colour it twice takes long.
        _render: (page, env, md) =>
          md.render(
            env.relativePath.startsWith("api/") ? page.replace(/^```[^]*?^```$/gm, "") : page,
            env,
          ),
        miniSearch: {
          // What people ask is in the documents first, in the reference then.
          searchOptions: { boostDocument: (id: string) => id.includes("/api/") ? 0.3 : 1 },
        },
      },
    },
    notFound: {
      title: "There is no such page",
      quote: "It may have moved. The search above knows all pages.",
      linkText: "To the first page",
      linkLabel: "To the first page",
    },
    outline: [2, 3],
    nav: [
      link("Begin", "tutorials"),
      link("Install", "install"),
      link("Command line", "cli"),
      link("Library", "api/"),
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
          link("Accounts", "accounts"),
          link("Scripts", "scripts"),
          link("Services", "services"),
          link("systemd units", "units"),
          link("Change", "mutate"),
          link("Indexes", "indexes"),
          link("Run", "run"),
          link("Development shells", "shell"),
          link("Functions for Nix", "nix-functions"),
          link("The Nix store", "nix-store"),
          link("Nix's database", "nix-database"),
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
          link("Signatures", "signatures"),
        ],
      },
      {
        text: "Places",
        items: listPages("transports").map((name) => link(name, `transports/${name}`)),
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
        items: listPages("cli").map((name) => link(name, `cli/${name}`)),
      },
      {
        text: "Library",
        collapsed: true,
        items: [
          link("All parts", "api/"),
          link("nixoci", "api/nixoci"),
          ...listPages("api/nixoci").map((name) => link(`nixoci/${name}`, `api/nixoci/${name}`)),
        ],
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
