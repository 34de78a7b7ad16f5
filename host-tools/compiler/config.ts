// Reads config.json of the official `hgrn_bit` layout. Source: MODEL.md 1, 2 and 11 (HGRNBitConfig of ridgerchu/matmulfreellm).
import * as z from 'zod';
import { UserError } from '../contracts/errors.ts';
import { maxDigits } from '../contracts/image.ts';
import { parseJsonStrictly } from './json.ts';

/** The shape of a model; every count is a positive whole number. */
export interface ModelConfig {
  name: string;
  vocabSize: number;
  /** H, the width of the residual stream. */
  hiddenSize: number;
  layers: number;
  /** Only shapes the state in the official code; no effect on any number. */
  heads: number;
  /** D, the width of the token mixer and of the state. */
  innerSize: number;
  /** I, the width of the channel mixer. */
  intermediateSize: number;
  useLowerBound: boolean;
  /** Epsilon of attn_norm, mlp_norm, g_norm and the final norm; that of a BitLinear is `bitLinearEps`. */
  normEps: number;
  /** The head's matrix is the embedding. */
  tied: boolean;
  /** Balanced ternary digits of the embedding, 1 to 3, with a scale a row; 0 where it holds floats. An extension. */
  embeddingDigits: number;
  /** The same of all other matrices; 0 where they are ternarized by their mean, as the official code does. */
  weightDigits: number;
  /** A text starts with this token and ends with `eosId`. */
  bosId: number;
  eosId: number;
}

/** Epsilon of the norm inside each BitLinear, whatever the config says (MODEL.md 4.2, note E). */
export const bitLinearEps = 1e-6;

const size = (max: number) => z.int().min(1).max(max);
const token = z.int().min(0).nullable();

/** Extensions of the official architecture, all off where `ternlet` is missing; one that is not known here would be misread. */
const extensions = z.strictObject({
  row_scales: z.boolean().default(false),
  embedding_digits: z.int().min(1).max(maxDigits).optional(),
  weight_digits: z.int().min(1).max(maxDigits).default(1),
});

/** Fields with the defaults of HGRNBitConfig; those that have no effect on inference are not looked at. */
const schema = z.object({
  model_type: z.literal('hgrn_bit'),
  vocab_size: size(65536).default(32000),
  hidden_size: size(65536).default(2048),
  num_hidden_layers: size(1024).default(24),
  attn_mode: z.string().default('fused_recurrent'),
  num_heads: size(65536).default(1),
  expand_ratio: z.number().positive().max(16).nullable().default(1),
  use_short_conv: z.boolean().default(false),
  use_lower_bound: z.boolean().default(true),
  hidden_ratio: z.number().positive().max(256).nullable().default(4),
  intermediate_size: size(1 << 20)
    .nullable()
    .default(null),
  rms_norm_eps: z.number().positive().max(1).default(1e-6),
  bos_token_id: token.default(1),
  eos_token_id: token.default(2),
  tie_word_embeddings: z.boolean().default(false),
  ternlet: extensions.prefault({}),
});

/** Checks the text of a config.json; `name` is the model's. Throws a UserError that names the field. */
export function parseConfig(text: string, name: string): ModelConfig {
  const json = parseJsonStrictly(text, 'config.json');
  const type = (json as { model_type?: unknown } | null)?.model_type;
  if (type !== 'hgrn_bit') {
    throw refusal(`model_type is ${JSON.stringify(type)}; only "hgrn_bit" is read`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw refusal(`${issue.path.join('.') || 'the whole'} is not usable: ${issue.message}`);
  }
  const config = toModelConfig(parsed.data, name);
  checkOptions(parsed.data, config);
  checkExtensions(parsed.data);
  return config;
}

type Fields = z.infer<typeof schema>;

function refusal(found: string): UserError {
  return new UserError(`config.json: ${found}`);
}

function toModelConfig(fields: Fields, name: string): ModelConfig {
  const hiddenSize = fields.hidden_size;
  const bosId = fields.bos_token_id ?? 0;
  return {
    name,
    vocabSize: fields.vocab_size,
    hiddenSize,
    layers: fields.num_hidden_layers,
    heads: fields.num_heads,
    innerSize: Math.trunc(hiddenSize * (fields.expand_ratio ?? 1)),
    intermediateSize:
      fields.intermediate_size ?? defaultIntermediateSize(hiddenSize, fields.hidden_ratio ?? 4),
    useLowerBound: fields.use_lower_bound,
    normEps: fields.rms_norm_eps,
    tied: fields.tie_word_embeddings,
    embeddingDigits: fields.ternlet.embedding_digits ?? 0,
    weightDigits: fields.ternlet.row_scales ? fields.ternlet.weight_digits : 0,
    bosId,
    eosId: fields.eos_token_id ?? bosId,
  };
}

/** Two thirds of `ratio` times the width, rounded up to a multiple of 256 (MODEL.md 2). */
export function defaultIntermediateSize(hiddenSize: number, ratio: number): number {
  return 256 * Math.floor((Math.trunc((hiddenSize * ratio * 2) / 3) + 255) / 256);
}

/** Extensions that contradict each other or the rest. */
function checkExtensions({ ternlet, tie_word_embeddings: tied }: Fields): void {
  if (ternlet.embedding_digits !== undefined && !tied)
    throw refusal('ternlet.embedding_digits needs tie_word_embeddings: the digits are the head too');
  if (ternlet.embedding_digits === undefined && tied && ternlet.row_scales)
    throw refusal('ternlet.row_scales with tie_word_embeddings needs ternlet.embedding_digits');
  if (ternlet.weight_digits > 1 && !ternlet.row_scales)
    throw refusal(`ternlet.weight_digits is ${ternlet.weight_digits}; more than 1 needs ternlet.row_scales`);
}

/** What the official code cannot run is refused: MODEL.md 11. */
function checkOptions(fields: Fields, config: ModelConfig): void {
  const { hiddenSize, innerSize, heads, vocabSize, bosId, eosId } = config;
  if (fields.use_short_conv) {
    throw refusal('use_short_conv is true; the official code cannot run it, only false is read');
  }
  if (fields.attn_mode !== 'fused_recurrent') {
    throw refusal(`attn_mode is ${JSON.stringify(fields.attn_mode)}; only "fused_recurrent" is read`);
  }
  if (innerSize < 1) throw refusal(`expand_ratio ${fields.expand_ratio} leaves no channel of ${hiddenSize}`);
  if (innerSize !== hiddenSize && config.useLowerBound) {
    throw refusal(
      `expand_ratio is ${fields.expand_ratio} with use_lower_bound; only 1 works with lower bounds`,
    );
  }
  if (hiddenSize % heads !== 0 || innerSize % heads !== 0) {
    const width = hiddenSize % heads !== 0 ? hiddenSize : innerSize;
    throw refusal(`num_heads ${heads} does not divide the width ${width}`);
  }
  if (bosId >= vocabSize || eosId >= vocabSize) {
    const [field, id] = bosId >= vocabSize ? ['bos_token_id', bosId] : ['eos_token_id', eosId];
    throw refusal(`${field} is ${id}; the vocabulary ends at ${vocabSize - 1}`);
  }
}
