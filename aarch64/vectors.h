/* SPDX-License-Identifier: BSD-3-Clause */
/* Where assembly goes between the vectors; platform/ puts the sections together and checks their size. */
#ifndef AARCH64_VECTORS_H
#define AARCH64_VECTORS_H

/* What follows is the vector of this number, 0 to 15. */
.macro vector number
    .if \number < 10
    .section .text.vector.0\number, "ax"
    .else
    .section .text.vector.\number, "ax"
    .endif
    .balign 0x80
.endm

/* What follows goes behind the vector: in all they may have 32 instructions. */
.macro behind_vector number
    .if \number < 10
    .section .text.vector.0\number\().more, "ax"
    .else
    .section .text.vector.\number\().more, "ax"
    .endif
.endm

#endif
