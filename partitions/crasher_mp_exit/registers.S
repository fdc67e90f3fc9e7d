/* SPDX-License-Identifier: BSD-3-Clause */
/* crasher's, as the folder's other file. */
#include "partitions/crasher/registers.S"
