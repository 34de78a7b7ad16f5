// norm_s32 of one part: the core class's, by another name.
#define norm_s32 norm_part_s32
#include "../armv6m/norm_s32.S"
