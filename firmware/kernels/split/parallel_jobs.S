// Jobs as the chip has them, for what is built without one.
#include "../../hal/rp2040/parallel_jobs.S"
