// The bytes of an image. Generated from host-tools/contracts/image.ts by npm run gen; do not edit.
#ifndef TLM_GEN_IMAGE_H
#define TLM_GEN_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define TLM_IMAGE_MAGIC 0x4e524554u
#define TLM_IMAGE_VERSION 3u
#define TLM_IMAGE_NO_LAYER 65535u
#define TLM_IMAGE_NO_TOKEN 65535u
#define TLM_IMAGE_ROWS_PER_WORD 4u
#define TLM_IMAGE_TABLE_ENTRIES 256u
#define TLM_IMAGE_TABLE_BYTES 512u
#define TLM_IMAGE_CHUNK_GROUPS_MAX 64u
#define TLM_IMAGE_WORD_SYMBOLS_MAX 256u
#define TLM_IMAGE_MADE_BYTES_MAX 128u
#define TLM_IMAGE_MADE_WAITS_MAX 32u
#define TLM_IMAGE_LAYERS_MAX 1024u
#define TLM_IMAGE_DIGITS_MAX 3u
#define TLM_IMAGE_INTERMEDIATE_MAX 32767u
#define TLM_IMAGE_TENSORS_PER_LAYER 16u
#define TLM_IMAGE_TENSORS_OUTSIDE 4u
#define TLM_IMAGE_SCALE_EXPONENT_MIN (-96)
#define TLM_IMAGE_SCALE_EXPONENT_MAX 32

// How the elements of a tensor lie in its bytes.
enum tlm_layout {
    TLM_LAYOUT_S16 = 0,
    TLM_LAYOUT_U16 = 1,
    TLM_LAYOUT_E8 = 2,
    TLM_LAYOUT_T2 = 3,
    TLM_LAYOUT_T5 = 4,
    TLM_LAYOUT_E16 = 5,
    TLM_LAYOUT_R2 = 6,
    TLM_LAYOUT_R5 = 7,
};

// What a tensor is.
enum tlm_tensor {
    TLM_TENSOR_EMBEDDING = 0,
    TLM_TENSOR_ATTN_NORM = 1,
    TLM_TENSOR_I_NORM = 2,
    TLM_TENSOR_F_NORM = 3,
    TLM_TENSOR_G_NORM = 4,
    TLM_TENSOR_I_PROJ = 5,
    TLM_TENSOR_F_PROJ = 6,
    TLM_TENSOR_G_PROJ = 7,
    TLM_TENSOR_BOUND = 8,
    TLM_TENSOR_OUT_NORM = 9,
    TLM_TENSOR_O_NORM = 10,
    TLM_TENSOR_O_PROJ = 11,
    TLM_TENSOR_MLP_NORM = 12,
    TLM_TENSOR_GATE_NORM = 13,
    TLM_TENSOR_GATE_PROJ = 14,
    TLM_TENSOR_DOWN_NORM = 15,
    TLM_TENSOR_DOWN_PROJ = 16,
    TLM_TENSOR_FINAL_NORM = 17,
    TLM_TENSOR_HEAD_NORM = 18,
    TLM_TENSOR_HEAD = 19,
};

// How a text is cut into words.
enum tlm_pre_tokenizer {
    TLM_PRE_TOKENIZER_ASCII_WORDS = 0,
    TLM_PRE_TOKENIZER_METASPACE = 1,
};

// First bytes of an image.
struct tlm_image_header {
    uint32_t magic; // "TERN"
    uint16_t version; // imageVersion
    uint16_t header_bytes; // 136
    uint32_t image_bytes; // all of the image
    uint32_t crc32; // CRC-32 (IEEE 802.3) of bytes 0 to 11 and 16 to the end
    uint16_t n_layers; // L
    uint16_t vocab; // V
    uint16_t hidden; // H
    uint16_t inner; // D
    uint16_t intermediate; // I
    uint16_t n_tensors; // entries of the directory
    uint16_t bos; // id that starts a text
    uint16_t eos; // id that ends one
    uint16_t norm_eps_m; // epsilon of the outer norms: mantissa
    int16_t norm_eps_e; // epsilon of the outer norms: exponent
    uint16_t bitlinear_eps_m; // epsilon of the norm inside a BitLinear: mantissa
    int16_t bitlinear_eps_e; // epsilon of the norm inside a BitLinear: exponent
    uint16_t inv_hidden_m; // 1 / H: mantissa
    int16_t inv_hidden_e; // 1 / H: exponent
    uint16_t inv_inner_m; // 1 / D: mantissa
    int16_t inv_inner_e; // 1 / D: exponent
    uint16_t inv_intermediate_m; // 1 / I: mantissa
    int16_t inv_intermediate_e; // 1 / I: exponent
    uint32_t tokenizer_offset; // from the start of the image
    uint32_t tokenizer_bytes; // of the section
    uint16_t table_groups; // at least the most groups of any chunk: room of the tables of a pair
    uint8_t embedding_digits; // of the embedding, which then is the head; 0 = it has rows
    uint8_t weight_digits; // of the other matrices, with row scales; 0 = they hold trits
    uint8_t checkpoint_hash[32]; // SHA-256 of the weights it was made from
    char name[32]; // name of the model, ASCII, zero-padded
    uint32_t copied_offset; // of the tensors that the device copies to RAM, from the start of the image
    uint32_t copied_bytes; // of them; 0: everything is read in place
};
_Static_assert(offsetof(struct tlm_image_header, copied_bytes) == 132, "tlm_image_header is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_image_header) == 136, "tlm_image_header has no padding");

// One tensor of the directory.
struct tlm_image_entry {
    uint8_t kind; // tensorKinds
    uint8_t layout; // layouts
    uint16_t layer; // layer, or 0xffff
    uint32_t offset; // from the start of the image
    uint32_t bytes; // without padding
    uint16_t rows; // length of a vector; 0 = left out
    uint16_t cols; // 1 for a vector
    uint16_t scale_m; // value of one unit (of one trit times 127, for a matrix): mantissa
    int16_t scale_e; // value of one unit (of one trit times 127, for a matrix): exponent
    uint16_t chunk_groups; // groups of one chunk of a matrix, 1 to 64; 0 for vectors and rows
    uint16_t reserved; // 0
};
_Static_assert(offsetof(struct tlm_image_entry, reserved) == 22, "tlm_image_entry is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_image_entry) == 24, "tlm_image_entry has no padding");

// Head of the tokenizer section.
struct tlm_image_tokenizer {
    uint16_t pre_tokenizer; // preTokenizers
    uint16_t prefix; // textPrefixes
    uint16_t n_tokens; // at most V
    uint16_t n_merges; // pairs that merge
    uint16_t first_result; // id that the first merge makes, the next the next; 65535 = no
    uint16_t n_made; // tokens without text of their own
    uint32_t n_characters; // characters of two bytes or more that have a symbol
    uint32_t text_bytes; // of the tokens that have their own
};
_Static_assert(offsetof(struct tlm_image_tokenizer, text_bytes) == 16, "tlm_image_tokenizer is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_image_tokenizer) == 20, "tlm_image_tokenizer has no padding");

// When a text gets a space in front.
enum tlm_text_prefix {
    TLM_TEXT_PREFIX_NONE = 0,
    TLM_TEXT_PREFIX_ALWAYS = 1,
    TLM_TEXT_PREFIX_UNLESS_SPACE = 2,
};

// A pair of tokens that merges.
struct tlm_image_merge {
    uint16_t left; // id
    uint16_t right; // id
};
_Static_assert(offsetof(struct tlm_image_merge, right) == 2, "tlm_image_merge is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_image_merge) == 4, "tlm_image_merge has no padding");

// A character that is a symbol.
struct tlm_image_character {
    uint32_t bytes; // UTF-8, the first byte highest
    uint16_t id; // symbol
    uint16_t reserved; // 0
};
_Static_assert(offsetof(struct tlm_image_character, reserved) == 6, "tlm_image_character is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_image_character) == 8, "tlm_image_character has no padding");

#endif
