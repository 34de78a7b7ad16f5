// The firmware: a chip layer, the link, and the engine behind it.
#include "hal/hal.h"
#include "link/device.h"

int main(void) {
    tlm_hal_init();
    tlm_device_init();
    for (;;) {
        if (tlm_device_poll()) tlm_hal_sleep();
    }
}
