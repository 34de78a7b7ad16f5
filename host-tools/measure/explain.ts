// The parts of a report that explain: definitions, provenance, integrity and sources.
import type { CycleModel } from './cycle-model.ts';
import { cycleModelOf } from './cycle-models.ts';
import type { Figure } from './figure.ts';
import { html } from './markup.ts';
import type { Content, Markup } from './markup.ts';
import type { RunFile } from './record.ts';
import type { Summary } from './summarize.ts';

function facts(rows: readonly (readonly [string, Content])[]): Markup {
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

export const definitions: Markup = facts(
  [
    [
      html`<span class="tag measured">measured</span>`,
      'read from an instrument, or from a timer of the hardware that ran',
    ],
    [
      html`<span class="tag simulated">simulated</span>`,
      'counted exactly in an emulator; the same digits every time',
    ],
    [
      html`<span class="tag estimated">estimated</span>`,
      'computed from counts by a model whose parameters and sources are below; a range reaches from its best to its worst case',
    ],
    [
      'token',
      'one step of the model, from the token that goes in until the logits are ready; choosing the next token, the serial port and interrupts are outside',
    ],
    [
      'pair',
      'two tokens of the prompt that were read in one step; each is given half of the counts, the window of power and the time of the step',
    ],
    [
      'prefill, decode',
      'steps that read the prompt, steps that write; the step that reads the last prompt token yields the first written one',
    ],
    ['gross', 'all energy that the chip draws during the step'],
    ['idle subtracted', 'the same without what it would have drawn asleep in that time'],
    ['median, 5–95 %', 'over the tokens of the phase; ends of ranges are ranked apart'],
    ['character', 'one Unicode code point that decode steps wrote; comparable across tokenizers'],
  ].map(([name, text]) => [name, text] as [string, Content]),
);

/** What ran, with the hashes that let somebody run it again. */
export function provenance(record: RunFile): Markup {
  const { board, firmware, image, model, sampler, tool, meter, runs, taken } = record;
  const code = (text: string): Markup => html`<code>${text}</code>`;
  const { compiler } = firmware;
  const choice =
    sampler.temperature === 0
      ? 'greedy'
      : `temperature ${sampler.temperature}, top-k ${sampler.topK || 'off'}, top-p ${sampler.topP === 1 ? 'off' : sampler.topP}, seed ${sampler.seed}`;
  const alignment = [...new Set(runs.flatMap(({ power }) => (power === null ? [] : [power.alignment])))];
  return facts([
    [
      'board',
      `${board.title} (${board.name})${board.emulated ? ', emulated' : ''}, ${board.clockHz / 1e6} MHz`,
    ],
    ['model', html`${model.name}, tokenizer ${model.tokenizer}`],
    [
      'checkpoint',
      model.checkpointSha256 === null
        ? 'unknown: the image came from elsewhere'
        : code(`sha256 ${model.checkpointSha256}`),
    ],
    ['image', html`${image.bytes} bytes, ${code(`crc32 ${image.crc32}`)}, ${code(`sha256 ${image.sha256}`)}`],
    [
      'firmware',
      html`${code(`build ${firmware.buildId}`)}${firmware.sha256 === null ? '' : html`, ${code(`sha256 ${firmware.sha256}`)}`}`,
    ],
    [
      'compiler',
      compiler === null ? 'not known' : html`${compiler.name} ${compiler.version} ${code(compiler.flags)}`,
    ],
    ['sampler', `${choice}; at most ${sampler.maxTokens} tokens`],
    [
      'meter',
      meter === null
        ? 'none: times without joules'
        : `${meter.name}: ${meter.detail}; its own error: ${meter.error}`,
    ],
    [
      'alignment',
      alignment.length === 0
        ? 'none'
        : `by ${alignment.join(' and ').replace('markers', 'marker pins').replace('device-time', 'device time')}`,
    ],
    ['taken', `${taken} by ${tool.name} ${tool.version}`],
  ]);
}

export function integrityOf(record: RunFile): Markup {
  const { complete, reasons } = record.integrity;
  const nTokens = record.runs.reduce((n, { tokens }) => n + tokens.length, 0);
  if (!complete) return html`<p>Incomplete: ${reasons.join('; ')}.</p>`;
  const counted = record.timing.kind === 'counted' ? ', each with its instruction counts' : '';
  const powered = record.runs.every(({ power }) => power !== null) ? ' and its window of power' : '';
  const nShared = record.runs.flatMap(({ tokens }) => tokens).filter(({ shared }) => shared === 2).length;
  const paired = nShared === 0 ? '' : ` Of them ${nShared} were read in pairs: each has half of its step.`;
  return html`<p>Complete: ${nTokens} tokens${counted}${powered}.${paired}</p>`;
}

function sourcesIn(summary: Summary): string[] {
  const { prefill, decode, idleWatts } = summary;
  const phases = [prefill, decode].filter((phase) => phase !== undefined);
  const figures: (Figure | undefined)[] = [
    idleWatts,
    ...phases.flatMap(({ instructions, cycles, seconds, joules }) =>
      [instructions, cycles, seconds, joules].map((statistic) => statistic?.median),
    ),
  ];
  return figures.flatMap((figure) =>
    figure === undefined ? [] : figure.source.split(' + ').map((source) => `${figure.evidence}: ${source}`),
  );
}

/** Every source that a figure names, and the parameters of the cycle models that were used. */
export function sourcesOf(entries: readonly { record: RunFile; summary: Summary }[]): Markup {
  const sources = [...new Set(entries.flatMap(({ summary }) => sourcesIn(summary)))];
  const models = entries.flatMap(({ record: { timing } }) =>
    timing.kind === 'counted' ? [cycleTable(cycleModelOf(timing))] : [],
  );
  const tables = models.filter(({ html: text }, i) => models.findIndex((one) => one.html === text) === i);
  return html`<ul>
      ${sources.map((source) => html`<li>${source}</li>`)}
    </ul>
    ${tables}`;
}

/** A cycle model, as it is computed. */
function cycleTable({ core, basis, parameters }: CycleModel): Markup {
  const rows = parameters.map(
    ({ adds, per, source }) =>
      html`<tr>
        <td>${adds.low === adds.high ? adds.low : `${adds.low} to ${adds.high}`}</td>
        <td>${per}</td>
        <td>${source}</td>
      </tr>`,
  );
  return html`<h3>Cycle model of the ${core}: ${basis}, and</h3>
    <div class="wide">
      <table class="model">
        <thead>
          <tr>
            <th scope="col">cycles</th>
            <th scope="col">for each</th>
            <th scope="col">source</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}
