// The sampler: the next token of logits, by temperature, top-k and top-p on integers. docs/integer.md §8.
#ifndef TLM_SAMPLER_H
#define TLM_SAMPLER_H

#include <stdint.h>

#include "engine/engine.h"

struct tlm_sampler {
    uint32_t temperature_milli; // 0 takes the most likely token
    uint32_t top_k;             // how many of the most likely remain; 0 for all
    uint32_t top_p_milli;       // thousandths of the probability that remain, 1 .. 1000
    uint32_t state[4];          // of xoshiro128++
};

void tlm_sampler_seed(struct tlm_sampler *sampler, uint32_t seed);

// The next token. The engine's logits become weights unless the choice is greedy: they are used up.
uint16_t tlm_sample(struct tlm_sampler *sampler, const struct tlm_engine *engine);

#endif
