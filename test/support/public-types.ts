/** The types that public declarations name: programs must be able to name them, too. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { listModules, ROOT } from "../docs/support/public-functions.ts";

interface TreeNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is TreeNode {
  return typeof value === "object" && value !== null && "type" in value;
}

const parsed = new Map<string, readonly TreeNode[]>();

function statementsOf(file: string): readonly TreeNode[] {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const tree = parseAst(readFileSync(file, "utf8"), { lang: "ts" }) as unknown as TreeNode;
  const statements = tree["body"] as readonly TreeNode[];
  parsed.set(file, statements);
  return statements;
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) ? node["name"] as string | undefined : undefined;
}

/** Returns what a statement declares: by name, the node. */
function declarationsIn(statement: TreeNode): [string, TreeNode][] {
  const own = nameOf(statement["id"]);
  if (own !== undefined) return [[own, statement]];
  const variables = statement["declarations"] as readonly TreeNode[] | undefined ?? [];
  return variables.flatMap((one): [string, TreeNode][] => {
    const name = nameOf(one["id"]);
    return name === undefined ? [] : [[name, one]];
  });
}

/** A declaration, and the file that it is in. */
export interface Declared {
  readonly file: string;
  readonly name: string;
  readonly node: TreeNode;
}

/** Finds the declarations that a module exports, through the modules that it exports again. */
function exportsOf(file: string): Declared[] {
  const imported = (statement: TreeNode) =>
    resolve(dirname(file), (statement["source"] as TreeNode)["value"] as string);
  return statementsOf(file).flatMap((statement): Declared[] => {
    if (statement.type === "ExportAllDeclaration") return exportsOf(imported(statement));
    if (statement.type !== "ExportNamedDeclaration") return [];
    const { declaration, specifiers } = statement;
    if (isNode(declaration)) {
      return declarationsIn(declaration).map(([name, node]) => ({ file, name, node }));
    }
    return (specifiers as readonly TreeNode[]).flatMap((one) => {
      const name = nameOf(one["local"])!;
      const from = isNode(statement["source"]) ? imported(statement) : originOf(file, name);
      const all = from === file ? localsOf(file) : exportsOf(from);
      return all.filter((each) => each.name === name);
    });
  });
}

function localsOf(file: string): Declared[] {
  return statementsOf(file).flatMap((statement) => {
    const { declaration } = statement;
    return declarationsIn(isNode(declaration) ? declaration : statement)
      .map(([name, node]) => ({ file, name, node }));
  });
}

/** Returns the file that a name of a module is from: another one, where it is imported. */
function originOf(file: string, name: string): string {
  for (const statement of statementsOf(file)) {
    if (statement.type !== "ImportDeclaration") continue;
    const names = (statement["specifiers"] as readonly TreeNode[]).map((one) =>
      nameOf(one["local"])
    );
    if (names.includes(name)) {
      return resolve(dirname(file), (statement["source"] as TreeNode)["value"] as string);
    }
  }
  return file;
}

/** Lists all public declarations of the package. */
export function listPublicDeclarations(): Declared[] {
  return [...listModules().values()].flatMap(exportsOf);
}

const TYPES = ["TSInterfaceDeclaration", "TSTypeAliasDeclaration", "ClassDeclaration"];

/** Lists the names of all types of ours. */
export function listOwnTypes(): Set<string> {
  const files = ["src", "transports"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts")).map((file) => join(ROOT, folder, file))
  );
  return new Set(
    files.flatMap(localsOf).filter(({ node }) => TYPES.includes(node.type)).map(({ name }) => name),
  );
}

/** Finds the types that a declaration names in its signature: not in what it does. */
export function listNamedTypes({ node }: Declared): Set<string> {
  const named = new Set<string>();
  const own = new Set<string>();
  const visit = (node: TreeNode): void => {
    if (node.type === "BlockStatement") return;
    if (node["accessibility"] === "private" || isNode(node["key"]) && isPrivate(node["key"])) {
      return;
    }
    if (node.type === "TSTypeParameter") own.add(nameOf(node["name"]) ?? String(node["name"]));
    const name = node.type === "TSTypeReference"
      ? nameOf(node["typeName"])
      : /^TS(InterfaceHeritage|ClassImplements|ExpressionWithTypeArguments)$/.test(node.type)
      ? nameOf(node["expression"])
      : undefined;
    if (name !== undefined) named.add(name);
    const skipped = /^(VariableDeclarator|AssignmentPattern)$/.test(node.type)
      ? ["init", "right"]
      : [];
    for (const [key, value] of Object.entries(node)) {
      if (skipped.includes(key)) continue;
      for (const each of [value].flat()) if (isNode(each)) visit(each);
    }
  };
  visit(node);
  return named.difference(own);
}

function isPrivate(key: TreeNode): boolean {
  return key.type === "PrivateIdentifier";
}

/** Returns where a declaration is, for messages. */
export function describeDeclared({ file, name }: Declared): string {
  return `${relative(ROOT, file)} ${name}`;
}
