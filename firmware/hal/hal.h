// What the firmware needs of a chip; one folder beside this file implements it for each.
#ifndef TLM_HAL_H
#define TLM_HAL_H

#include <stdbool.h>
#include <stdint.h>

// Where things lie on this chip, and how much of it is used.
struct tlm_memory {
    const uint8_t *image;     // the model image, read in place
    uint32_t image_bytes_max; // size of its region
    uint8_t *arena;           // working memory of the engine, aligned to 8 bytes
    uint32_t arena_bytes;
    uint32_t static_bytes; // RAM for variables; 0 where unknown
    uint32_t stack_bytes;  // size of the stack; 0 where unknown
    uint32_t stack_used;   // deepest use so far, by painting; 0 where unknown
};

// Marker pins, as bits of a level. They frame what is measured.
enum { TLM_MARKER_WINDOW = 1, TLM_MARKER_PHASE = 2, TLM_MARKER_TOKEN = 4 };

// Clocks, pins, UART, time base. Every wait in it has a bound.
void tlm_hal_init(void);

// Takes up to n_bytes received bytes; returns how many. Never waits.
uint32_t tlm_hal_read(uint8_t *bytes, uint32_t n_bytes);

// Whether a received byte of this value waits to be read.
bool tlm_hal_pending(uint8_t byte);

// Whether received bytes were lost since the last call.
bool tlm_hal_overrun(void);

// Hands bytes to the UART; waits only while its queue is full.
void tlm_hal_write(const uint8_t *bytes, uint32_t n_bytes);

// Microseconds since start; wraps at 2^32.
uint32_t tlm_hal_time_us(void);

// Core clock as it was set up; 0 where unknown.
uint32_t tlm_hal_clock_hz(void);

// Makes the marker pins outputs, or leaves them alone again.
void tlm_hal_markers_enable(bool on);

// Sets all marker pins at once.
void tlm_hal_marker(uint32_t level);

// Sleeps until there may be something to read.
void tlm_hal_sleep(void);

void tlm_hal_memory(struct tlm_memory *memory);

// Restarts the device; does not return.
void tlm_hal_reset(void);

// Enters the boot loader in ROM and does not return, or returns where there is none.
void tlm_hal_bootloader(void);

#endif
