// How a report looks: one style sheet for light and dark, screen and paper; no script, no font and no picture from elsewhere.

export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --sheet: #ffffff; --ink: #1d1c1a; --soft: #6c6860; --line: #e3dfd6;
  --accent: #0f6f6b; --accent-soft: #0f6f6b2e; --warm: #b4632a; --warm-soft: #b4632a14;
  --measured: #1c7c3c; --simulated: #2f5fb3; --estimated: #96630b; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #151517; --sheet: #1c1c1f; --ink: #e9e6df; --soft: #9c978c; --line: #313035;
    --accent: #58c4bd; --accent-soft: #58c4bd33; --warm: #e39a63; --warm-soft: #e39a6314;
    --measured: #6fcf8b; --simulated: #8fb2f5; --estimated: #e0b35c; --bad: #f2857d;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1040px; margin: 0 auto; padding: 56px 24px 96px; }
header p { margin: 0; color: var(--soft); }
h1 { font: 500 34px/1.2 ui-serif, Georgia, "Times New Roman", serif; margin: 6px 0 4px; letter-spacing: -0.01em; }
h2 { font: 500 21px/1.3 ui-serif, Georgia, "Times New Roman", serif; margin: 56px 0 12px; }
h3 { font-size: 13px; font-weight: 600; margin: 28px 0 8px; color: var(--soft); }
.brand { font-size: 13px; letter-spacing: 0.08em; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.unit { color: var(--soft); white-space: nowrap; }
.tag { font-size: 11px; white-space: nowrap; }
.tag::before { content: ""; display: inline-block; width: 6px; height: 6px; margin: 0 4px 1px 0; background: currentColor; }
.tag.measured { color: var(--measured); } .tag.measured::before { border-radius: 50%; }
.tag.simulated { color: var(--simulated); } .tag.simulated::before { transform: rotate(45deg); }
.tag.estimated { color: var(--estimated); }
.tag.estimated::before { border-radius: 50%; background: none; border: 1.5px solid currentColor; }
.hero { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 1px; margin: 32px 0 0;
  background: var(--line); border: 1px solid var(--line); }
.hero > div { background: var(--sheet); padding: 18px 20px 16px; }
.hero dt { color: var(--soft); font-size: 13px; }
.hero dd { margin: 4px 0 0; }
.hero .number { font: 500 27px/1.2 ui-serif, Georgia, "Times New Roman", serif; font-variant-numeric: tabular-nums lining-nums; }
.hero .unit { font-size: 12px; }
.hero .figure { display: block; } .hero .tag { display: block; margin-top: 4px; }
.notice { border-left: 3px solid var(--bad); padding: 2px 0 2px 14px; margin: 28px 0 0; }
.notice.cut { border-color: var(--estimated); }
.story { font: 18px/1.65 ui-serif, Georgia, "Times New Roman", serif; max-width: 64ch; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: 0 0 24px; }
.story .prompt { color: var(--soft); }
figure { margin: 0; } figcaption { color: var(--soft); font-size: 13px; margin-top: 8px; max-width: 90ch; }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 640px; height: auto; font: 12px system-ui, sans-serif; }
.grid { stroke: var(--line); } .tick { fill: var(--soft); font-variant-numeric: tabular-nums; }
.tickmark { stroke: var(--soft); } .mark { stroke: var(--ink); stroke-opacity: 0.45; }
.band { fill: var(--accent-soft); } .edge { fill: none; stroke: var(--accent); stroke-width: 1.25; }
.idle { stroke: var(--soft); stroke-dasharray: 3 4; } .idle-name, .phase-name { fill: var(--soft); }
.phase { fill: none; } .phase.prefill { fill: var(--warm-soft); }
.bar { fill: var(--accent); } .bar.range { fill-opacity: 0.35; }
.prefill .bar { fill: var(--warm); } g:hover > .bar { fill: var(--ink); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
thead th { color: var(--soft); font-weight: 500; font-size: 13px; }
tbody th { font-weight: 400; }
tr.group th { color: var(--soft); font-size: 13px; font-weight: 600; padding-top: 20px; }
.spread { display: block; color: var(--soft); font-size: 12px; }
.tokens { font-size: 13px; } .tokens td, .tokens th { padding: 3px 14px 3px 0; }
.tokens .text { white-space: pre; font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.tokens tr.prefill .text { color: var(--soft); }
.tokens .figure { white-space: nowrap; }
td.share { width: 12%; min-width: 72px; } svg.share { min-width: 0; height: 10px; background: var(--line); }
.profile { font-size: 13px; } .profile th, .profile td { padding: 4px 14px 4px 0; } .profile .figure { white-space: nowrap; }
.profile tbody th { white-space: nowrap; } .profile tr.whole th { font-weight: 600; }
.note { color: var(--soft); font-size: 13px; max-width: 90ch; }
details > summary { cursor: pointer; color: var(--accent); margin: 12px 0; }
dl.facts { display: grid; grid-template-columns: minmax(120px, max-content) 1fr; gap: 4px 24px; margin: 0; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
table.model td:first-child { white-space: nowrap; }
code { font: 0.92em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@media (max-width: 640px) { main { padding: 32px 16px 64px; } dl.facts { grid-template-columns: 1fr; gap: 0; }
  dl.facts dd { margin-bottom: 8px; } }
@media print { body { background: none; } main { max-width: none; padding: 0; } details > summary { display: none; } }
`;
