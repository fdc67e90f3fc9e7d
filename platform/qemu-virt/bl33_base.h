/* SPDX-License-Identifier: BSD-3-Clause */
/* For TF-A's BL2: where it loads BL33 from the FIP. The board's own address is above 512 MiB of memory. */
#include <platform_def.h>

#undef NS_IMAGE_OFFSET
#define NS_IMAGE_OFFSET ULL(BULKHEAD_BL33_BASE)
