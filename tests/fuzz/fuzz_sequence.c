/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sequences as the oracle makes them, of steps that fit what went before; but the input chooses
 * each step, so the fuzzer finds the way to what chance alone seldom meets. Two bytes are the
 * world's seed, and two each step's. The rule book judges all. With FUZZ_SHOW in the environment
 * each step is printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/script.h"
#include "oracle/steps.h"
#include "support/port_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t some_seed(struct script *script)
{
    uint64_t high = next_byte(script);

    return steps_mixed(high << 8 | next_byte(script));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size};
    uint64_t random = some_seed(&script);
    static struct step_made step;
    static bool is_set_up;

    if (!is_set_up)
        port_model_reset();
    is_set_up = true;
    steps_begin(&random);
    for (unsigned i = 0; i < STEPS && script.size > 0; i++) {
        if (i > 0)
            random = some_seed(&script);
        steps_next(&random, i == 0, &step);
        if (getenv("FUZZ_SHOW") != NULL)
            steps_print(&step, i);
        const char *no = steps_make(&step);
        if (no != NULL) {
            fprintf(stderr, "disagree: %s (step %u)\n", no, i);
            abort();
        }
    }
    return 0;
}
