// scale_rows_s32 of one part: the core class's, by another name.
#define scale_rows_s32 scale_rows_part_s32
#include "../armv6m/scale_rows_s32.S"
