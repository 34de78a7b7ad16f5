// Writes firmware/gen from the contracts and the boards: `npm run gen`. The headers are committed, and a test regenerates them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { boardNames, loadBoard } from '../../boards/board.ts';
import type { Board } from '../../boards/board.ts';
import { cDefines, cEnum, cFile, cStruct } from './c-header.ts';
import * as firmware from './firmware.ts';
import * as image from './image.ts';
import * as link from './link.ts';
import { statuses } from './status.ts';
import * as tables from './tables.ts';

/** One file of firmware/gen. */
export interface GeneratedFile {
  /** Relative to the root of the package. */
  readonly path: string;
  readonly text: string;
}

function statusHeader(): string {
  return cFile('TLM_GEN_STATUS_H', 'What a device answers.', 'host-tools/contracts/status.ts', [
    cEnum('tlm_status', 'Statuses; a code keeps its number for ever.', statuses),
  ]);
}

/** The words for each status, included by the one file that prints them. */
function statusWordsHeader(): string {
  const words = statuses.map((entry) => `    {${entry.code}, "${entry.words}"},`);
  return cFile('TLM_GEN_STATUS_WORDS_H', 'The words for each status.', 'host-tools/contracts/status.ts', [
    [
      'static const struct {',
      '    uint8_t code;',
      '    const char *words;',
      '} tlm_status_words[] = {',
      ...words,
      '};',
    ].join('\n'),
  ]);
}

function linkHeader(): string {
  return cFile('TLM_GEN_LINK_H', 'Frames and commands of the framed link.', 'host-tools/contracts/link.ts', [
    cDefines('TLM_LINK', {
      dle: link.dle,
      soh: link.soh,
      etx: link.etx,
      stuffed: link.stuffed,
      version: link.linkVersion,
      payload_bytes_max: link.payloadBytesMax,
      frame_gap_us: link.frameGapUs,
      session_gap_us: link.sessionGapUs,
      no_token: link.noToken,
      max_tokens_default: link.maxTokensDefault,
      ...link.generateLimits,
    }),
    cEnum('tlm_request', 'What a host asks.', link.requests),
    cEnum('tlm_event', 'What a device says.', link.events),
    cEnum('tlm_generate_flag', 'Flags of a generation.', link.generateFlags),
    cEnum('tlm_done_reason', 'Why a generation ended.', link.doneReasons),
    cStruct('tlm_link_ack', 'Payload of an ack.', link.ackFields),
    cStruct('tlm_link_identity', 'Payload of an identity.', link.identityFields),
    cStruct('tlm_link_generate', 'Payload of a generate request.', link.generateFields),
    cStruct('tlm_link_token', 'Payload of a token event; its text follows.', link.tokenFields),
    cStruct('tlm_link_checksum', 'Payload of a checksum event.', link.checksumFields),
    cStruct('tlm_link_done', 'Payload of a done event.', link.doneFields),
  ]);
}

function firmwareHeader(): string {
  return cFile(
    'TLM_GEN_FIRMWARE_H',
    'The block of facts in every firmware.',
    'host-tools/contracts/firmware.ts',
    [
      cDefines('TLM_FIRMWARE_INFO', {
        offset: firmware.firmwareInfoOffset,
        magic: firmware.firmwareInfoMagic,
        version: firmware.firmwareInfoVersion,
      }),
      cStruct('tlm_firmware_info', 'Lies at that offset from the start.', firmware.firmwareInfoFields),
    ],
  );
}

/** Names and codes of a table such as layouts, as entries of an enum. */
function codes(table: Readonly<Record<string, number>>): { name: string; code: number }[] {
  const name = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.entries(table).map(([key, code]) => ({ name: name(key), code }));
}

function imageHeader(): string {
  return cFile('TLM_GEN_IMAGE_H', 'The bytes of an image.', 'host-tools/contracts/image.ts', [
    cDefines('TLM_IMAGE', {
      magic: image.imageMagic,
      version: image.imageVersion,
      no_layer: image.noLayer,
      no_token: image.noToken,
      rows_per_word: image.rowsPerWord,
      table_entries: image.tableEntries,
      table_bytes: image.tableBytesPerGroup,
      chunk_groups_max: image.maxChunkGroups,
      word_symbols_max: image.wordSymbolsMax,
      made_bytes_max: image.madeBytesMax,
      made_waits_max: image.madeWaitsMax,
      layers_max: image.maxLayers,
      digits_max: image.maxDigits,
      intermediate_max: image.maxIntermediate,
      tensors_per_layer: image.layerTensors.length,
      tensors_outside: image.outerTensors.first.length + image.outerTensors.last.length,
      scale_exponent_min: `(${image.scaleExponents.least})`,
      scale_exponent_max: `${image.scaleExponents.most}`,
    }).replace(/"(\(?-?\d+\)?)"/g, '$1'),
    cEnum('tlm_layout', 'How the elements of a tensor lie in its bytes.', codes(image.layouts)),
    cEnum('tlm_tensor', 'What a tensor is.', codes(image.tensorKinds)),
    cEnum('tlm_pre_tokenizer', 'How a text is cut into words.', codes(image.preTokenizers)),
    cStruct('tlm_image_header', 'First bytes of an image.', image.headerFields),
    cStruct('tlm_image_entry', 'One tensor of the directory.', image.entryFields),
    cStruct('tlm_image_tokenizer', 'Head of the tokenizer section.', image.tokenizerFields),
    cEnum('tlm_text_prefix', 'When a text gets a space in front.', codes(image.textPrefixes)),
    cStruct('tlm_image_merge', 'A pair of tokens that merges.', image.mergeFields),
    cStruct('tlm_image_character', 'A character that is a symbol.', image.characterFields),
  ]);
}

function tableHeader(): string {
  const table = (kind: string, name: string, values: Uint16Array | Uint32Array): string => {
    const type = values instanceof Uint32Array ? 'uint32_t' : 'uint16_t';
    const lines = Array.from(
      { length: Math.ceil(values.length / 12) },
      (_, i) => `    ${[...values.subarray(12 * i, 12 * i + 12)].join(', ')},`,
    );
    return [`${kind} ${type} ${name}[${values.length}] = {`, ...lines, '};'].join('\n');
  };
  return cFile('TLM_GEN_TABLES_H', 'Tables of the integer program.', 'host-tools/contracts/tables.ts', [
    [
      `extern const uint32_t tlm_sigmoid_steps[${tables.sigmoidSteps.length}];`,
      `extern const uint32_t tlm_sigmoid_windows[${tables.sigmoidWindows.length}];`,
      `extern const uint16_t tlm_sigmoid_tail_table[${tables.sigmoidTailTable.length}];`,
      '#ifdef TLM_SIGMOID_TABLES',
      '#ifdef TLM_SIGMOID_WINDOWS',
      table('const', 'tlm_sigmoid_windows', tables.sigmoidWindows),
      '#else',
      table('const', 'tlm_sigmoid_steps', tables.sigmoidSteps),
      '#endif',
      table('const', 'tlm_sigmoid_tail_table', tables.sigmoidTailTable),
      '#endif',
    ].join('\n'),
    ['#ifdef TLM_POWER_TABLE', table('static const', 'tlm_power_table', tables.powerTable), '#endif'].join(
      '\n',
    ),
  ]);
}

/** Port and pin of a name as printed in a datasheet: PC0 (STM32) is port 2, pin 0; GP2 (RP2040) is port 0, pin 2. */
function portAndPin(name: string): { port: number; pin: number } {
  const match = /^(?:P([A-I])|GP)(\d+)$/.exec(name);
  if (!match) throw new Error(`marker pin ${name} is named neither like PC0 nor like GP2`);
  return { port: (match[1] ?? 'A').charCodeAt(0) - 65, pin: Number(match[2]) };
}

function markerDefines(board: Board): string {
  if (!board.markers) return '#define TLM_BOARD_HAS_MARKERS 0';
  const pins = (['window', 'phase', 'token'] as const).map((name) => portAndPin(board.markers![name]));
  // One store then moves all of them, so that their edges coincide.
  if (pins.some((pin) => pin.port !== pins[0]!.port)) throw new Error('the marker pins are not on one port');
  return cDefines('TLM_BOARD', {
    has_markers: 1,
    marker_port: pins[0]!.port,
    marker_window_pin: pins[0]!.pin,
    marker_phase_pin: pins[1]!.pin,
    marker_token_pin: pins[2]!.pin,
  });
}

function boardHeader(name: string, board: Board): string {
  const { flash, ram } = board.memory;
  return cFile(`TLM_GEN_BOARD_${name.toUpperCase()}_H`, `${board.title}.`, `boards/${name}/board.ts`, [
    cDefines('TLM_BOARD', {
      name,
      clock_hz: board.clockHz,
      baud: board.console.baud,
      flash_base: flash.base,
      flash_bytes: flash.bytes,
      ram_base: ram.base,
      ram_bytes: ram.bytes,
      image_base: board.flashMap.image.base,
      image_bytes_max: board.flashMap.image.bytes,
      table_bytes: board.tableBytes,
    }),
    markerDefines(board),
  ]);
}

function boardMemory(name: string, board: Board): string {
  const { firmware: region } = board.flashMap;
  const { ram } = board.memory;
  const hex = (value: number): string => `0x${value.toString(16)}`;
  return [
    `/* Memory of ${board.title}. Generated from boards/${name}/board.ts by npm run gen; do not edit. */`,
    'MEMORY {',
    `    FLASH (rx) : ORIGIN = ${hex(region.base)}, LENGTH = ${hex(region.bytes)}`,
    `    RAM (rwx) : ORIGIN = ${hex(ram.base)}, LENGTH = ${hex(ram.bytes)}`,
    '}',
    '',
  ].join('\n');
}

/** All files of firmware/gen, as they must be. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const files = [
    { path: 'firmware/gen/status.h', text: statusHeader() },
    { path: 'firmware/gen/status_words.h', text: statusWordsHeader() },
    { path: 'firmware/gen/link.h', text: linkHeader() },
    { path: 'firmware/gen/firmware.h', text: firmwareHeader() },
    { path: 'firmware/gen/image.h', text: imageHeader() },
    { path: 'firmware/gen/tables.h', text: tableHeader() },
  ];
  for (const name of boardNames()) {
    const board = await loadBoard(name);
    files.push({ path: `firmware/gen/board_${name}.h`, text: boardHeader(name, board) });
    if (board.flashMap.firmware.bytes > 0) {
      files.push({ path: `firmware/gen/board_${name}.ld`, text: boardMemory(name, board) });
    }
  }
  return files;
}

async function main(): Promise<void> {
  const root = join(import.meta.dirname, '..', '..');
  for (const { path, text } of await generatedFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
