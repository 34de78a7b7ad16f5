// bits_s32 of one part: the core class's, by another name.
#define bits_s32 bits_part_s32
#include "../armv6m/bits_s32.S"
