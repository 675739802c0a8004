/** Makes elements. Names from images become text nodes, never markup. */

type Attributes = Readonly<Record<string, string | number | undefined>>;
/** What an element may contain. */
export type Child = Node | string;

/** Makes an element of HTML. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Makes an element of SVG. */
export function makeDrawn<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
}

/** Makes a button that does something. */
export function makeButton(text: string, attributes: Attributes, act: () => void) {
  const button = make("button", { type: "button", ...attributes }, text);
  button.addEventListener("click", act);
  return button;
}

/** Makes a field for searching, which acts while one types. */
export function makeSearch(attributes: Attributes, act: (words: string) => void) {
  const input = make("input", { type: "search", ...attributes });
  input.addEventListener("input", () => act(input.value));
  return input;
}

/** A cell with a number, or words about one. */
export function makeNumber(text: string | number): HTMLTableCellElement {
  return make("td", { class: "number" }, String(text));
}

/** A cell with a name from an image. */
export function makeName(name: string, kind = "path"): HTMLTableCellElement {
  return make("td", { class: kind }, make("bdi", {}, name));
}

/** The head of a column, and whether numbers are below it. */
export type Head = readonly [text: string, kind?: "number"];

/** Makes a table. */
export function makeTable(
  caption: string,
  heads: readonly Head[],
  rows: readonly HTMLTableRowElement[],
): HTMLTableElement {
  const head = heads.map(([text, kind]) => make("th", { scope: "col", class: kind }, text));
  return make(
    "table",
    { "aria-label": caption },
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows),
  );
}
