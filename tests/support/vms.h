/* SPDX-License-Identifier: BSD-3-Clause */
/* A hypervisor with buffers, whose TX describes those of a VM: what the tests of VMs share. */
#ifndef TESTS_SUPPORT_VMS_H
#define TESTS_SUPPORT_VMS_H

#include "core/mailbox.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define MAP FFA_RXTX_MAP_64
#define UNMAP FFA_RXTX_UNMAP
#define ACQUIRE FFA_RX_ACQUIRE
#define RELEASE FFA_RX_RELEASE
#define VM 1
#define VM_TX WORLD_VM_TX(VM)
#define VM_RX WORLD_VM_RX(VM)
#define UP_SELF (&world_vcpu(&s, WORLD_UP, 0)->regs)

/* The hypervisor has buffers; a good descriptor for VM 1 is in its TX. */
static inline int boot(void **state)
{
    (void)state;
    port_model_reset();
    world_boot(&s);
    world_normal_call(&s, 0, MAP, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    assert_success(normal, 0, 0);
    world_forward(VM, VM_TX, VM_RX);
    return 0;
}

static inline void map_vm(void)
{
    world_normal_call(&s, 0, MAP);
    assert_success(normal, 0, 0);
}

#endif
