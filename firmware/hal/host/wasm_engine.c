// The engine alone for the host: tokens in, logits out, without the link. Twin: host-tools/contracts/wasm.ts.
#include "engine/engine.h"
#include "hal/hal.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("checksum") void env_checksum(uint32_t layer, uint32_t checksum);

EXPORT("engine_load") uint32_t engine_load(void);
EXPORT("engine_reset") void engine_reset(void);
EXPORT("engine_trace") void engine_trace(uint32_t on);
EXPORT("engine_step") void engine_step(uint32_t token, uint32_t want_logits);
EXPORT("engine_logits") const int32_t *engine_logits(void);
EXPORT("engine_vocab") uint32_t engine_vocab(void);
EXPORT("engine_scale_m") uint32_t engine_scale_m(void);
EXPORT("engine_scale_e") int32_t engine_scale_e(void);

static struct tlm_engine engine;

uint32_t engine_load(void) {
    struct tlm_memory memory;
    tlm_hal_memory(&memory);
    return tlm_engine_load(&engine, memory.image, memory.image_bytes_max, memory.arena, memory.arena_bytes);
}

static void report(void *context, uint32_t layer, uint32_t checksum) {
    (void)context;
    env_checksum(layer, checksum);
}

void engine_reset(void) { tlm_engine_reset(&engine); }
void engine_trace(uint32_t on) { engine.trace = on != 0 ? report : NULL; }
void engine_step(uint32_t token, uint32_t want_logits) {
    tlm_engine_step(&engine, (uint16_t)token, want_logits != 0);
}
const int32_t *engine_logits(void) { return engine.logits; }
uint32_t engine_vocab(void) { return engine.header->vocab; }
uint32_t engine_scale_m(void) { return engine.logit_scale.m; }
int32_t engine_scale_e(void) { return engine.logit_scale.e; }
