// The parts of the loader's checks: what each tensor must be, codes of weights, the tokenizer.
#ifndef TLM_CHECKS_H
#define TLM_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/image.h"

// What a slot of the directory holds. Twin: TensorSlot.holds in host-tools/contracts/image.ts.
enum tlm_holds { TLM_HOLDS_VECTOR, TLM_HOLDS_FRACTIONS, TLM_HOLDS_ROWS, TLM_HOLDS_DIGITS, TLM_HOLDS_TRITS };

struct tlm_slot {
    enum tlm_tensor kind;
    enum tlm_holds holds;
    uint32_t layer, n_rows, n_cols; // no rows: it is left out
    uint32_t digits;                // rows of trits a row; 1 but for digits
};

// The slot at a place of the directory, which must lie inside the image. Twin: tensorOrder() in
// host-tools/contracts/image.ts.
struct tlm_slot tlm_slot_at(const struct tlm_image_header *header, uint32_t i);

bool tlm_t2_is_sound(const uint8_t *bytes, uint32_t n_bytes);
bool tlm_t5_is_sound(const uint8_t *bytes, uint32_t n_bytes);
bool tlm_s16_is_sound(const int16_t *weights, uint32_t n);

// Whether the tokenizer section of an image with a sound header lies inside it and is consistent.
bool tlm_tokenizer_is_sound(const struct tlm_image_header *header);

#endif
