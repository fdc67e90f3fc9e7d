/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: what reads a property of a manifest (number, property_is, copy_name, and the line that
 *   complains of it) reads nothing outside of the property, of any size and content; a number
 *   is in its range, be the manifest wrong or not; a name fits and ends.
 * Bounds: properties up to 24 bytes, texts up to 7 characters; any limits of a number.
 * libfdt: a model, tests/prove/fdt_model.h.
 * Options: --unwind 18 -DPROPERTY_BYTES=24 -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "fdt_model.h"

#include "core/manifest.c"

static struct spmc s;

int main(void)
{
    struct place m = {"spmc", &s, nondet_int(), nondet_bool(), &s, NULL};
    bool wrong = m.wrong;
    uint64_t low = nondet_u64(), high = nondet_u64(), missing = nondet_u64();
    char name[NAME_MAX_BYTES] = {0};
    int length;
    const char *from;

    ASSUME(low <= high);
    uint64_t value = number(&m, "any", low, high, missing);
    SHOW((value == missing && missing != MUST_BE_THERE) || (value >= low && value <= high),
         "a number in its range");
    SHOW(m.wrong || !wrong, "what is wrong stays wrong");
    SHOW(m.wrong || value != MUST_BE_THERE || missing != MUST_BE_THERE || high == MUST_BE_THERE,
         "what must be there is there");
    property_is(&m, "any", "memory");
    from = fdt_getprop(m.blob, m.node, "any", &length);
    copy_name(name, from, length);
    SHOW(name[NAME_MAX_BYTES - 1] == '\0', "a name ends");
    complain(&m, "any", "anything");
    SHOW(m.wrong, "who complains makes it wrong");
    return 0;
}
