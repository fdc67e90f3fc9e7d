/* SPDX-License-Identifier: BSD-3-Clause */
/* The choices as numbers: CHOICE_NEWER_MINOR and so on. */
#ifndef TESTS_RULES_CHOICES_H
#define TESTS_RULES_CHOICES_H

#include "abi/ffa.h"
#include "core/limits.h"

#define MAILBOX_LIMIT 63
enum {
#define CHOICE(name, value, section, what) CHOICE_##name = (int)(value),
#include "rules/choices.def"
#undef CHOICE
};

#endif
