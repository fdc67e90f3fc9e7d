/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The UP partition serves a request on CPU 0, the Normal world calls on CPU 1: what the tests of
 * notifications share.
 */
#ifndef TESTS_SUPPORT_NOTIFICATIONS_H
#define TESTS_SUPPORT_NOTIFICATIONS_H

#include "core/notify.h"
#include "support/restarts.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[1].normal;
static struct regs *up;

#define CREATE FFA_NOTIFICATION_BITMAP_CREATE
#define DESTROY FFA_NOTIFICATION_BITMAP_DESTROY
#define BIND FFA_NOTIFICATION_BIND
#define UNBIND FFA_NOTIFICATION_UNBIND
#define SET FFA_NOTIFICATION_SET
#define GET FFA_NOTIFICATION_GET
#define INFO_GET_32 FFA_NOTIFICATION_INFO_GET_32
#define INFO_GET_64 FFA_NOTIFICATION_INFO_GET_64
#define PER_VCPU FFA_NOTIFICATION_PER_VCPU
#define VCPU(n) ((uint64_t)(n) << FFA_NOTIFICATION_VCPU_SHIFT)

#define by_normal(...) world_normal_call(&s, 1, __VA_ARGS__)
#define by_up(...) world_call(&s, 0, __VA_ARGS__)

static inline int boot(void **state)
{
    (void)state;
    port_model_reset();
    world_boot(&s);
    up = world_serve(&s, 0, WORLD_UP);
    return 0;
}

#endif
