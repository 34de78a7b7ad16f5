// add_s32 of one part: the core class's, by another name.
#define add_s32 add_part_s32
#include "../armv6m/add_s32.S"
