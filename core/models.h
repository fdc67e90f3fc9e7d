/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runtime models (FF-A v1.2, chapter 8): what a partition may call, by what it runs for. The table
 * is core/models.def; docs/FFA.md shows the same one.
 */
#ifndef CORE_MODELS_H
#define CORE_MODELS_H

#include "core/spmc.h"

/* A bit for each model that forbids a call: MODELS_WITHOUT_REQUEST and so on. */
enum {
#define ALLOWED 0U
#define REFUSED 1U
#define MODEL_CALL(call, init, run, direct, power, interrupt, ...)                                 \
    MODELS_WITHOUT_##call = (init) << MODEL_INIT | (run) << MODEL_RUN | (direct) << MODEL_DIRECT | \
                            (power) << MODEL_POWER | (interrupt) << MODEL_INTERRUPT,
#include "core/models.def"
#undef MODEL_CALL
#undef ALLOWED
#undef REFUSED
};

/* Of a set that is a constant; one with a single member needs a comparison alone. */
static inline __attribute__((always_inline)) bool is_one_of(enum runtime_model model, unsigned set)
{
    if ((set & (set - 1)) == 0)
        return set != 0 && model == (enum runtime_model)__builtin_ctz(set);
    return set >> model & 1;
}

#endif
