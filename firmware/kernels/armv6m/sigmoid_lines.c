// The pieces of the logistic function as lines, which need no part of x of their own. They are built in RAM
// by the first call that needs them.
#include <sigmoid.h> // of ref, or of the core class

#include <stdbool.h>

enum { LINES = sizeof tlm_sigmoid_steps / sizeof *tlm_sigmoid_steps };

// Of piece i, which begins at x = (i - LINES / 2) * 2^12: intercept | step << 16, the function being
// intercept + step * x / 2^12. An intercept fits 16 bits, as the function is steepest at 0.
static uint32_t lines[LINES];

uint32_t *tlm_sigmoid_middle(void);

// The line that begins at 0. Each core may build them: both write the same.
uint32_t *tlm_sigmoid_middle(void) {
    static volatile bool are_built;
    if (!are_built) {
        for (uint32_t i = 0; i < LINES; i++) {
            const uint32_t entry = tlm_sigmoid_steps[i], step = entry >> 16;
            lines[i] = ((entry - step * (i - LINES / 2)) & 0xffffu) | step << 16;
        }
        are_built = true;
    }
    return lines + LINES / 2;
}
