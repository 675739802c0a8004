/** Writes the library's reference from its docstrings: a page a module, as Markdown. */
import { glob, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Application, type Context, Converter, ReflectionKind } from "typedoc";
import type { MarkdownApplication, PluginOptions } from "typedoc-plugin-markdown";

/** What the pages look like: one a module, functions first, no frame of TypeDoc's own. */
const LOOK: Partial<PluginOptions> = {
  outputFileStrategy: "modules",
  entryFileName: "index",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  expandParameters: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  propertyMembersFormat: "table",
  typeDeclarationFormat: "table",
  enumMembersFormat: "table",
  indexFormat: "table",
  tableColumnSettings: {
    hideModifiers: true,
    hideInherited: true,
    hideOverrides: true,
    hideDefaults: true,
  },
};

/**
 * Writes `index.md` and the pages of the modules in `exports` of deno.json below a folder, called as
 * programs import them.
 */
export async function documentLibrary(root: string, folder: string): Promise<void> {
  const { exports } = JSON.parse(await readFile(join(root, "deno.json"), "utf8"));
  // What two modules have is told on the page of the smaller: the whole library comes last.
  const [whole, ...parts] = Object.entries<string>(exports);
  const modules = new Map([...parts, whole!].map(([name, path]) => [
    path.replace(/^\.\/|\.ts$/g, ""),
    `nixoci${name.slice(1)}`,
  ]));
  const app = await Application.bootstrapWithPlugins({
    basePath: root,
    entryPoints: [...modules.keys()].map((path) => join(root, `${path}.ts`)),
    tsconfig: join(root, "tsconfig.json"),
    plugin: ["typedoc-plugin-markdown"],
    out: folder,
    readme: "none",
    skipErrorChecking: true,
    disableSources: true,
    sortEntryPoints: false,
    excludeReferences: true,
    name: "The library",
    groupOrder: ["Functions", "Classes", "Interfaces", "Type Aliases", "Variables"],
    logLevel: "Error",
    ...LOOK,
  }) as MarkdownApplication;
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      module.name = modules.get(module.name) ?? module.name;
    }
    // Parameters that are taken apart where they come in have no name of their own.
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (parameter.name === "__namedParameters") parameter.name = "options";
    }
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("cannot read the library's types");
  await app.generateOutputs(project);
  for await (const page of glob("**/*.md", { cwd: folder })) {
    const file = join(folder, page);
    await writeFile(file, keepAnchors(await readFile(file, "utf8")));
  }
}

/** Gives headings and names in tables the anchors that are tags before them: the site takes no tags. */
function keepAnchors(page: string): string {
  return page.replaceAll(/<a id="([\w-]+)"><\/a> (`[^`]*`)/g, "$2{#$1}")
    .replaceAll(/<a id="([\w-]+)"><\/a>\n\n(#+ .*)/g, "$2 {#$1}");
}
