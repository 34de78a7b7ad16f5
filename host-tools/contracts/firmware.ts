// The block of facts that every firmware carries at a fixed place: how the host knows what is flashed.
import { readFields, readText } from './c-header.ts';
import type { CField } from './c-header.ts';

/** Offset of the block from the start of the firmware, behind the largest vector table. */
export const firmwareInfoOffset = 0x200;
export const firmwareInfoMagic = 0x5746_4c54; // 'TLFW'
export const firmwareInfoVersion = 1;

/** The block, field by field. */
export const firmwareInfoFields = [
  { name: 'magic', type: 'u32', note: "'TLFW'" },
  { name: 'version', type: 'u16', note: 'of this block' },
  { name: 'info_bytes', type: 'u16', note: 'size of this block' },
  { name: 'firmware_bytes', type: 'u32', note: 'size of the whole firmware' },
  { name: 'build_low', type: 'u32', note: 'build id, lower half: a hash of sources, flags and compiler' },
  { name: 'build_high', type: 'u32', note: 'build id, upper half' },
  { name: 'mark_start', type: 'u32', note: 'address of tlm_mark_token_in; bit 0 says Thumb' },
  { name: 'mark_stop', type: 'u32', note: 'address of tlm_mark_logits_ready; bit 0 says Thumb' },
  { name: 'isr_start', type: 'u32', note: 'first address of all interrupt handlers' },
  { name: 'isr_end', type: 'u32', note: 'first address behind them' },
  { name: 'image_base', type: 'u32', note: 'address of the model image' },
  { name: 'image_bytes_max', type: 'u32', note: 'size of the region that holds it' },
  { name: 'board', type: 'char', count: 16, note: 'name of the board, zero-terminated' },
] as const satisfies readonly CField[];

/** What a flashed firmware says about itself. */
export interface FirmwareInfo {
  firmwareBytes: number;
  /** 16 hexadecimal digits. */
  buildId: string;
  markStart: number;
  markStop: number;
  isrStart: number;
  isrEnd: number;
  imageBase: number;
  imageBytesMax: number;
  board: string;
}

/** A 64-bit build id as 16 hexadecimal digits. */
export function buildIdText(low: number, high: number): string {
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Reads the block from the bytes of a firmware; undefined where there is none. */
export function readFirmwareInfo(firmware: Uint8Array): FirmwareInfo | undefined {
  if (firmware.length < firmwareInfoOffset + 64) return undefined;
  const fields = readFields(firmwareInfoFields, firmware, firmwareInfoOffset);
  if (fields.magic !== firmwareInfoMagic || fields.version !== firmwareInfoVersion) return undefined;
  return {
    firmwareBytes: fields.firmware_bytes,
    buildId: buildIdText(fields.build_low, fields.build_high),
    // The linker sets bit 0 of a function's address after it has added what was asked for: only a reader can clear it.
    markStart: (fields.mark_start & ~1) >>> 0,
    markStop: (fields.mark_stop & ~1) >>> 0,
    isrStart: fields.isr_start,
    isrEnd: fields.isr_end,
    imageBase: fields.image_base,
    imageBytesMax: fields.image_bytes_max,
    board: readText(firmwareInfoFields, 'board', firmware, firmwareInfoOffset),
  };
}
