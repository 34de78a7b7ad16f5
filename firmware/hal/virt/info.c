// The block of facts in a firmware of the virt machine.
#include "hal/info.h"
