// The block of facts in a firmware of an RP2040.
#include "hal/info.h"
