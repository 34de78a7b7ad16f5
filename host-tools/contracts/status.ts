// What a device answers: codes with the words for them. A code keeps its number for ever.

/** One status: its number on the wire, its name in both languages, and the words a person reads. */
export interface StatusEntry {
  readonly code: number;
  readonly name: string;
  /** A clause that can follow "the device says: ". */
  readonly words: string;
}

/** All statuses. Twin: none; firmware/gen/status.h is generated from this table. */
export const statuses = [
  { code: 0, name: 'ok', words: 'all is well' },
  // The image in flash.
  { code: 1, name: 'no_image', words: 'there is no model in flash' },
  { code: 2, name: 'bad_magic', words: 'what is in flash is not a Ternlet image' },
  { code: 3, name: 'newer_version', words: 'the image is of a newer version than this firmware reads' },
  { code: 4, name: 'truncated', words: 'the image is cut short, or larger than the region that holds it' },
  { code: 5, name: 'bad_crc', words: 'the image is damaged: its checksum is wrong' },
  {
    code: 6,
    name: 'bad_directory',
    words: 'the directory of the image points outside of it or contradicts itself',
  },
  { code: 7, name: 'bad_shape', words: 'the image has a size that no model can have' },
  {
    code: 8,
    name: 'bad_layout',
    words: 'the image has a matrix in a layout that this firmware does not read',
  },
  { code: 9, name: 'bad_code', words: 'the image has bytes that encode no weights' },
  { code: 10, name: 'bad_scale', words: 'the image has a scale outside its range' },
  { code: 11, name: 'bad_tokenizer', words: 'the tokenizer of the image contradicts itself' },
  { code: 12, name: 'no_memory', words: 'the model needs more working memory than this board has' },
  { code: 13, name: 'older_version', words: 'the image is of an older version than this firmware reads' },
  // The prompt.
  { code: 32, name: 'unencodable', words: 'the prompt has a character that the model cannot encode' },
  { code: 33, name: 'word_too_long', words: 'the prompt has a word that is too long' },
  { code: 34, name: 'bad_utf8', words: 'the prompt is not valid UTF-8' },
  { code: 35, name: 'bad_token', words: 'a token id is outside the vocabulary' },
  // The link.
  { code: 64, name: 'bad_frame', words: 'a frame has the wrong length for its type' },
  { code: 65, name: 'busy', words: 'the device is still at work on the frame before' },
  { code: 66, name: 'unknown_command', words: 'this firmware does not know the command' },
  { code: 67, name: 'bad_argument', words: 'an argument is outside its range' },
  { code: 68, name: 'not_generating', words: 'no prompt is being read' },
  { code: 69, name: 'stopped', words: 'the generation was stopped' },
] as const satisfies readonly StatusEntry[];

/** The name of a status. */
export type StatusName = (typeof statuses)[number]['name'];

/** Number of a status. */
export function statusCode(name: StatusName): number {
  return statuses.find((entry) => entry.name === name)!.code;
}

/** Name of a number, or undefined where a newer firmware says something this host does not know. */
export function statusName(code: number): StatusName | undefined {
  return statuses.find((entry) => entry.code === code)?.name;
}

/** Words for a number; unknown numbers are said as such. */
export function statusWords(code: number): string {
  return (
    statuses.find((entry) => entry.code === code)?.words ?? `status ${code}, which this version does not know`
  );
}
