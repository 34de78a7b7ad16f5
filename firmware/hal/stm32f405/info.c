// The block of facts in a firmware of an STM32F405.
#include "hal/info.h"
