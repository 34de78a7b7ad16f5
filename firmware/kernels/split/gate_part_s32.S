// gate_s32 of one part: the core class's, by another name.
#define gate_s32 gate_part_s32
#include "../armv6m/gate_s32.S"
