// The chip layer of the WebAssembly device: the host puts bytes in and calls device_poll. Twin:
// host-tools/contracts/wasm.ts.
#include "hal/hal.h"
#include "hal/ring.h"
#include "link/device.h"

#include <stddef.h>

#include TLM_BOARD_H

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("write") void env_write(const uint8_t *bytes, uint32_t n_bytes);
IMPORT("time_us") uint32_t env_time_us(void);
IMPORT("marker") void env_marker(uint32_t level);
// Notes that the device wants to start over; the trap behind it unwinds.
IMPORT("reset") void env_reset(void);

EXPORT("reserve") uint8_t *reserve(uint32_t wanted_image_bytes, uint32_t wanted_arena_bytes);
EXPORT("receive") uint32_t receive(uint32_t byte);
EXPORT("device_init") void device_init(void);
EXPORT("device_poll") uint32_t device_poll(void);

extern uint8_t __heap_base[];

static uint8_t received_bytes[4096];
static struct ring received = {received_bytes, sizeof received_bytes - 1, 0, 0};
static uint8_t *image, *arena;
static uint32_t image_bytes, arena_bytes;
static bool markers_on;

static uint8_t *align(uint8_t *address) { return (uint8_t *)(((uintptr_t)address + 15) & ~(uintptr_t)15); }

// Makes room for an image and a working memory behind everything else; returns where the image goes, or 0.
uint8_t *reserve(uint32_t wanted_image_bytes, uint32_t wanted_arena_bytes) {
    image = align(__heap_base);
    image_bytes = wanted_image_bytes;
    arena = align(image + image_bytes);
    arena_bytes = wanted_arena_bytes;
    const uintptr_t end = (uintptr_t)arena + arena_bytes;
    const uintptr_t have = __builtin_wasm_memory_size(0) * 65536u;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535u) / 65536u) == (size_t)-1)
        return NULL;
    return image;
}

// Takes one received byte; 0 when the queue is full.
uint32_t receive(uint32_t byte) { return ring_put(&received, (uint8_t)byte); }

void tlm_hal_init(void) {}

uint32_t tlm_hal_read(uint8_t *bytes, uint32_t n_bytes) {
    uint32_t i = 0;
    while (i < n_bytes && ring_take(&received, &bytes[i])) i++;
    return i;
}

bool tlm_hal_pending(uint8_t byte) { return ring_holds(&received, byte); }
bool tlm_hal_overrun(void) { return false; }
void tlm_hal_write(const uint8_t *bytes, uint32_t n_bytes) { env_write(bytes, n_bytes); }
uint32_t tlm_hal_time_us(void) { return env_time_us(); }
uint32_t tlm_hal_clock_hz(void) { return 0; }
void tlm_hal_markers_enable(bool on) { markers_on = on; }

void tlm_hal_marker(uint32_t level) {
    if (markers_on) env_marker(level);
}

// The host sleeps: it calls device_poll when it has put bytes in.
void tlm_hal_sleep(void) {}

void tlm_hal_memory(struct tlm_memory *memory) {
    *memory = (struct tlm_memory){
        .image = image,
        .image_bytes_max = image_bytes,
        .arena = arena,
        .arena_bytes = arena_bytes,
    };
}

void tlm_hal_reset(void) {
    env_reset();
    __builtin_trap();
}

void tlm_hal_bootloader(void) {}

void device_init(void) {
    tlm_hal_init();
    tlm_device_init();
}

// Returns 1 when there is nothing to do until bytes arrive.
uint32_t device_poll(void) { return tlm_device_poll() ? 1 : 0; }
