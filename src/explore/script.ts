/**
 * The script of the page, as text: it runs in a browser, where nothing of ours is. Names become
 * text nodes and never markup.
 */
export const SCRIPT = String.raw`
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");
const SHOWN = 300;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "onclick" || name === "oninput" || name === "ontoggle") element[name] = value;
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
function formatBytes(size) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) { size /= 1000; unit++; }
  return size.toFixed(unit === 0 || size >= 99.95 ? 0 : 1) + " " + units[unit];
}
function formatCount(n, noun) { return n + " " + noun + (n === 1 ? "" : "s"); }
function makeNumber(text) { return make("td", { class: "number" }, String(text)); }
function makeTable(caption, heads, rows) {
  const head = heads.map(([text, kind]) => make("th", { scope: "col", class: kind }, text));
  return make("table", { "aria-label": caption }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}
function nameOf(path) { return path.slice(path.lastIndexOf("/") + 34); }
function unpack(files) {
  let before = "";
  return files.map(([same, rest, size, layer, hiddenBy, owner, type]) => {
    before = before.slice(0, same) + rest;
    return { path: before, lower: before.toLowerCase(), size, layer, hiddenBy, owner, type };
  });
}

function makeImage(image, at) {
  const files = unpack(image.files);
  const id = (name) => name + at;
  let only = 0;
  const wastes = image.layers.reduce((sum, layer) => sum + layer.wastes, 0);
  const adds = image.layers.reduce((sum, layer) => sum + layer.adds, 0);
  const stored = image.layers.reduce((sum, layer) => sum + layer.size, 0);
  const most = Math.max(1, ...image.layers.map((layer) => layer.adds));
  const section = make("section", { "aria-labelledby": id("name") });
  section.append(
    make("h1", { id: id("name") }, image.name),
    make("p", {}, make("code", {}, image.digest), make("br"),
      formatBytes(stored) + " in " + formatCount(image.layers.length, "layer") + " as stored; files of " + formatBytes(adds) + ", of which " +
      formatBytes(wastes) + " are wasted: the final image does not show them."),
  );

  const buttons = [];
  const rows = image.layers.map((layer, i) => {
    const button = make("button", { "aria-pressed": "false", title: "Show the files of this layer alone",
      onclick: () => { only = only === i + 1 ? 0 : i + 1; buttons.forEach((one, j) => one.setAttribute("aria-pressed", String(only === j + 1))); search(); } }, String(i + 1));
    buttons.push(button);
    const bar = make("div", { class: "bar", role: "img", "aria-label": formatBytes(layer.adds) + ", " + formatBytes(layer.wastes) + " wasted" },
      make("i", {}), make("b", {}));
    bar.children[0].style.width = (layer.adds - layer.wastes) / most * 100 + "%";
    bar.children[1].style.width = layer.wastes / most * 100 + "%";
    return make("tr", {}, make("td", {}, button), makeNumber(formatBytes(layer.size)), makeNumber(formatBytes(layer.adds)),
      makeNumber(layer.wastes ? formatBytes(layer.wastes) : "-"), makeNumber(layer.hides ? formatBytes(layer.hides) : "-"),
      make("td", {}, bar, make("div", { class: "path soft" }, layer.made || layer.digest)));
  });
  section.append(make("h2", {}, "Layers"), makeTable("Layers", [["layer"], ["stored", "number"], ["adds", "number"], ["wastes", "number"], ["hides", "number"], [""]], rows),
    make("p", { class: "soft" }, "adds: bytes of files; wastes: those of them that a layer above overwrites or deletes; hides: bytes below that it is the first to hide."));

  const result = make("div", { id: id("result"), "aria-live": "polite" });
  const input = make("input", { type: "search", id: id("search"), placeholder: "part of a path", "aria-label": "Search files of " + image.name, oninput: () => search() });
  function line(file) {
    const note = file.hiddenBy ? "hidden by layer " + file.hiddenBy : file.type;
    return make("tr", {}, make("td", { class: file.hiddenBy ? "path gone" : "path" }, make("bdi", {}, file.path)),
      makeNumber(formatBytes(file.size)), makeNumber(file.layer), makeNumber(file.owner), make("td", {}, note));
  }
  function list(found, title) {
    const shown = found.slice(0, SHOWN);
    const rest = found.length > shown.length ? "; the first " + shown.length + " are shown" : "";
    return [make("p", { class: "soft" }, title + rest),
      makeTable("Files", [["path"], ["bytes", "number"], ["layer", "number"], ["owner", "number"], [""]], shown.map(line))];
  }
  function folder(found, prefix) {
    const inside = new Map();
    const own = [];
    for (const file of found) {
      const rest = file.path.slice(prefix.length);
      const slash = rest.indexOf("/");
      if (slash === -1) own.push(file);
      else {
        const name = rest.slice(0, slash);
        const group = inside.get(name) ?? { size: 0, files: [] };
        group.size += file.hiddenBy ? 0 : file.size;
        group.files.push(file);
        inside.set(name, group);
      }
    }
    const parts = [...inside].sort((a, b) => b[1].size - a[1].size).map(([name, group]) => {
      const details = make("details", { ontoggle: () => { if (details.open && details.children.length === 1) details.append(...folder(group.files, prefix + name + "/")); } },
        make("summary", {}, make("span", { class: "path" }, make("bdi", {}, name + "/")), " ", make("span", { class: "soft" }, formatBytes(group.size) + ", " + formatCount(group.files.length, "file"))));
      return details;
    });
    return own.length === 0 ? parts : [...parts, ...list(own.sort((a, b) => b.size - a.size), formatCount(own.length, "file") + " here").slice(own.length > SHOWN ? 0 : 1)];
  }
  function search() {
    const words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const within = only === 0 ? files : files.filter((file) => file.layer === only);
    if (words.length === 0) return result.replaceChildren(...folder(only === 0 ? within.filter((file) => !file.hiddenBy) : within, "/"));
    const found = within.filter((file) => words.every((word) => file.lower.includes(word))).sort((a, b) => b.size - a.size);
    result.replaceChildren(...list(found, formatCount(found.length, "file")));
  }
  section.append(make("h2", {}, "Files"), input, result);
  search();

  if (image.paths.length > 0) section.append(...makePaths(image, id));
  section.append(make("h2", {}, "Settings"), makeTable("Settings", [["setting"], ["value"], ["from"]], image.config.map(([field, value, step]) =>
    make("tr", {}, make("td", { class: "path" }, field), make("td", { class: "path" }, make("bdi", {}, value)), make("td", {}, step ? "step " + step + " of the history" : "")))));
  return section;
}

function makePaths(image, id) {
  const users = image.paths.map(() => []);
  image.paths.forEach((path, i) => path.needs.forEach((need) => users[need].push(i)));
  const detail = make("div", { id: id("detail"), "aria-live": "polite" });
  const link = (i) => make("button", { class: "link path", onclick: () => show(i) }, nameOf(image.paths[i].path));
  const links = (list) => list.length === 0 ? ["none"] : list.flatMap((i, at) => at === 0 ? [link(i)] : [", ", link(i)]);
  function show(i) {
    const { path, size, closure, layers, needs, by, chain } = image.paths[i];
    const way = chain.flatMap((one, at) => at === 0 ? [link(one)] : [" → ", link(one)]);
    const named = chain.length > 0 ? image.paths[chain[0]].by : by;
    detail.replaceChildren(
      make("h3", { class: "path" }, path),
      make("p", {}, formatBytes(size) + " itself, " + formatBytes(closure) + " with all that it needs; in layer " + layers.join(", ") + "."),
      make("p", {}, "Why: ", named.length > 0 ? "the config's " + named.join(", ") + " → " : "", ...way),
      draw(i), make("p", {}, "Needed by: ", ...links(users[i])), make("p", {}, "Needs: ", ...links(needs)));
  }
  function draw(i) {
    const NS = "http://www.w3.org/2000/svg";
    const columns = [users[i].slice(0, 12), [i], image.paths[i].needs.slice(0, 12)];
    const height = Math.max(...columns.map((list) => list.length)) * 22 + 10;
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("viewBox", "0 0 900 " + height);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", "What needs it, and what it needs");
    const y = (list, at) => (at + 0.5) * height / list.length;
    const add = (name, attributes, text) => {
      const element = document.createElementNS(NS, name);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      if (text !== undefined) element.textContent = text;
      svg.append(element);
    };
    columns[0].forEach((_, at) => add("line", { x1: 280, y1: y(columns[0], at), x2: 345, y2: height / 2, stroke: "currentColor", opacity: 0.4 }));
    columns[2].forEach((_, at) => add("line", { x1: 555, y1: height / 2, x2: 620, y2: y(columns[2], at), stroke: "currentColor", opacity: 0.4 }));
    columns.forEach((list, column) => list.forEach((one, at) =>
      add("text", { x: [275, 450, 625][column], y: y(list, at) + 4, "text-anchor": ["end", "middle", "start"][column], "font-size": 12, fill: "currentColor" }, nameOf(image.paths[one].path).slice(0, 40))));
    return svg;
  }
  const order = image.paths.map((_, i) => i).sort((a, b) => image.paths[b].size - image.paths[a].size);
  const body = make("div", {});
  const filter = make("input", { type: "search", "aria-label": "Search store paths", placeholder: "part of a name", oninput: () => fill() });
  function fill() {
    const found = order.filter((i) => image.paths[i].path.toLowerCase().includes(filter.value.toLowerCase()));
    body.replaceChildren(makeTable("Store paths", [["store path"], ["itself", "number"], ["closure", "number"], ["layers", "number"]],
      found.slice(0, SHOWN).map((i) => make("tr", {}, make("td", {}, link(i)), makeNumber(formatBytes(image.paths[i].size)), makeNumber(formatBytes(image.paths[i].closure)), makeNumber(image.paths[i].layers.join(", "))))));
  }
  fill();
  if (order.length > 0) show(order[0]);
  return [make("h2", {}, formatCount(image.paths.length, "store path")), detail, filter, body];
}

function makeDifference({ store, files, count, moves }) {
  const sizes = (one) => one.size === undefined ? "" : formatBytes(one.size);
  const row = (sign, name, what, before, after) => make("tr", {}, make("td", {}, sign), make("td", { class: "path" }, make("bdi", {}, name)), make("td", {}, what), makeNumber(before), makeNumber(after));
  const heads = [[""], ["name"], [""], ["before", "number"], ["after", "number"]];
  const paths = [
    ...store.changed.map((one) => row(one.change, one.name, (one.before.version ?? "?") + " → " + (one.after.version ?? "?"), sizes(one.before), sizes(one.after))),
    ...store.added.map((one) => row("added", nameOf(one.path), "", "", sizes(one))),
    ...store.removed.map((one) => row("removed", nameOf(one.path), "", sizes(one), "")),
  ];
  return make("section", { id: "difference" }, make("h1", {}, "From the first image to the second"),
    make("p", {}, "A push moves " + formatCount(moves.layers, "layer") + ", " + formatBytes(moves.bytes) + " as stored."),
    make("h2", {}, "Store paths: " + paths.length + " differ, " + store.same + " are the same"), makeTable("Store paths that differ", heads, paths),
    make("h2", {}, "Files: " + count + " differ" + (count > files.length ? ", the first " + files.length + " are here" : "")),
    makeTable("Files that differ", heads, files.slice(0, SHOWN).map((one) => row(one.change, one.path, (one.aspects ?? []).join(", "), one.before === undefined ? "" : formatBytes(one.before), one.after === undefined ? "" : formatBytes(one.after)))));
}

if (data.difference) page.append(makeDifference(data.difference));
data.images.forEach((image, at) => page.append(makeImage(image, at)));

// page.html#search=WORDS is a search of the first image, so that one can be linked to.
function followLink() {
  const words = /^#search=(.+)$/.exec(location.hash)?.[1];
  const input = document.getElementById("search0");
  if (words === undefined || input === null) return;
  input.value = decodeURIComponent(words);
  input.oninput();
}
addEventListener("hashchange", followLink);
followLink();
`;
