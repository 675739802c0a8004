/** The style of the page: dark where the reader's system is, and fit to be printed. */
export const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c2024, #e6e8ea); --soft: light-dark(#5c6670, #9aa4ae);
  --line: light-dark(#d5dae0, #383f46); --bar: light-dark(#2f6fb0, #6ca8e0); --waste: light-dark(#d0802a, #e8a354);
  --paper: light-dark(#fff, #15181b); }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto; max-width: 70rem; padding: 1rem; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
code, td.path, .path { font-family: ui-monospace, monospace; font-size: 0.85rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 0.15rem 0.5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; } td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar { display: flex; height: 0.9rem; min-width: 12rem; } .bar i { background: var(--bar); } .bar b { background: var(--waste); }
button, input { font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 0.3rem; padding: 0.2rem 0.5rem; }
button.link { border: 0; padding: 0; color: var(--bar); text-align: left; cursor: pointer; } :focus-visible { outline: 2px solid var(--bar); }
input[type="search"] { width: min(30rem, 100%); } details { margin-left: 1rem; } summary { cursor: pointer; } .soft { color: var(--soft); } .gone { text-decoration: line-through; }
[aria-pressed="true"] { background: var(--bar); color: var(--paper); }
.drawing { overflow: auto; max-height: 80vh; border: 1px solid var(--line); } svg text { font-size: 12px; fill: var(--ink); }
.edge { fill: none; stroke: var(--soft); opacity: 0.5; } .edge.chosen { stroke: var(--waste); stroke-width: 2; opacity: 1; }
.box { cursor: pointer; } .box rect { fill: var(--paper); stroke: var(--line); } .box.chosen rect { stroke: var(--waste); stroke-width: 2; } .box:focus-visible rect { stroke: var(--bar); stroke-width: 2; }
@media print { button, input { display: none; } body { max-width: none; } }
`;
