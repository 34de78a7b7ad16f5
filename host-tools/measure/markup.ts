// HTML by tagged templates: whatever is put in is escaped, unless it is markup already.

/** Text that is HTML. Only `html` and `raw` make it. */
export interface Markup {
  readonly html: string;
}

export type Content = Markup | string | number | undefined | readonly Content[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters, which HTML forbids, as visible ones. */
function visible(control: string): string {
  if ('\t\n\r'.includes(control)) return control;
  return control < ' ' ? String.fromCharCode(0x2400 + control.charCodeAt(0)) : '\u{fffd}';
}

/** For text and for attributes in quotes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character]!).replace(/\p{Cc}/gu, visible);
}

function render(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'string') return escapeText(content);
  if (typeof content === 'number') return String(content);
  if ('html' in content) return content.html;
  return content.map(render).join('');
}

/** Markup written in this repository; never something from a model, a prompt or a file. */
export function raw(text: string): Markup {
  return { html: text };
}

export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return raw(parts.map((part, i) => part + render(contents[i])).join(''));
}
