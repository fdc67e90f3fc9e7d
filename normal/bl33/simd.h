/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The floating-point, SVE and SME state of this CPU. C code is compiled without these registers, so
 * what a test loads stays there until somebody else changes it.
 */
#ifndef BL33_SIMD_H
#define BL33_SIMD_H

#include <stdbool.h>
#include <stdint.h>

struct fp_state {
    uint64_t q[32][2];
    uint64_t fpcr;
    uint64_t fpsr;
};

#define SVE_VECTOR_MAX 256 /* bytes */
#define SVE_STATE_MAX (32 * SVE_VECTOR_MAX + 17 * SVE_VECTOR_MAX / 8)
#define SME_ARRAY_MAX (SVE_VECTOR_MAX * SVE_VECTOR_MAX)

/* fp.S */
void fp_load(const struct fp_state *state);
void fp_store(struct fp_state *state);

/* sve.S: z0-z31, p0-p15, then FFR (all ones after a load). */
void sve_enable(void); /* with the longest vectors */
unsigned sve_vector_bytes(void);
void sve_load(const uint8_t *state);
void sve_store(uint8_t *state);

/* sme.S: streaming mode with the array ZA, its vectors (z0-z31, p0-p15) or both. */
void sme_enter(uint64_t length); /* SMCR_EL2.LEN */
void sme_enter_mode_only(uint64_t length);
void sme_enter_array_only(uint64_t length);
void sme_leave(void);
uint64_t sme_mode(void); /* SVCR */
unsigned sme_vector_bytes(void);
void sme_load_array(const uint8_t *array);
void sme_store_array(uint8_t *array);
void sme_load_vectors(const uint8_t *vectors);
void sme_store_vectors(uint8_t *vectors);

#endif
