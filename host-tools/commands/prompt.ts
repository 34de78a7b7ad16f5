// A prompt as a person gives it: text, or refused with the byte where it is none.
import { findInvalidUtf8 } from '../compiler/tokenizer.ts';
import { UserError } from '../contracts/errors.ts';

/** A prompt from the command line, where Node has put U+FFFD in place of bytes that are no UTF-8. */
export function requireText(prompt: string): string {
  const at = prompt.indexOf('\ufffd');
  if (at < 0) return prompt;
  throw new UserError(
    `the prompt has U+FFFD, which stands for bytes that are not valid UTF-8, at byte ${Buffer.byteLength(prompt.slice(0, at))}`,
    'check the encoding of the terminal; a prompt that means this character is read from a file (-, --prompts)',
  );
}

/** Reads the prompt from standard input where it is given as `-`. */
export async function readPrompt(given: string): Promise<string> {
  if (given !== '-') return requireText(given);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const invalid = findInvalidUtf8(bytes);
  if (invalid < 0) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  throw new UserError(
    `the prompt is not valid UTF-8: byte ${invalid} begins no character`,
    'check the encoding of the file or program that it comes from',
  );
}
