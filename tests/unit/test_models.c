/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a partition may call in each runtime model, as FF-A v1.2 has it: the whole of
 * core/models.def, said a second time, for a UP and an MP partition.
 */
#include "core/interrupt.h"
#include "support/unit.h"

static struct spmc s;

#define UP_DEVICE 40
#define MP_DEVICE 50
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32

enum { INIT, RUN, DIRECT, POWER, INTERRUPT, COLUMNS };

/* The status of the answer, or what became of the caller. */
enum { OK = 0, WENT = 1, DIED = 2 };

static void boot(void)
{
    port_model_reset();
    world_load(&s);
    world_device(&s, WORLD_UP, UP_DEVICE, 0);
    world_device(&s, WORLD_MP, MP_DEVICE, 0);
    s.partitions[WORLD_MP].wants_cpu_off = true;
    s.boot_order[0] = WORLD_QUEUED; /* it is there for the others' starts to call */
    s.boot_order[1] = WORLD_UP;
    s.boot_order[2] = WORLD_MP;
}

static void listen(unsigned partition, uint32_t intid)
{
    world_enable(&s, 0, partition, intid);
}

/* The partition runs on CPU 0 in this model. */
static struct vcpu *enter(unsigned partition, unsigned model)
{
    uint32_t intid = partition == WORLD_UP ? UP_DEVICE : MP_DEVICE;
    struct vcpu *v;

    boot();
    v = world_vcpu(&s, partition, 0);
    if (model == INIT) {
        world_event(&s, 0, EVENT_COLD_BOOT);
        while (world_running(&s, 0) != v)
            world_call(&s, 0, FFA_MSG_WAIT);
        return v;
    }
    world_start(&s);
    listen(partition, intid);
    if (model == RUN)
        world_normal_call(&s, 0, FFA_RUN, PAIR(WORLD_ID(partition), 0));
    else if (model == DIRECT)
        world_request(&s, 0, partition, 0);
    else if (model == POWER)
        world_normal_call(&s, 0, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                          PSCI_CPU_OFF);
    else
        world_interrupt(&s, 0, intid);
    assert_ptr_equal(world_running(&s, 0), v);
    return v;
}

static int outcome(const struct vcpu *v)
{
    if (v->state == VCPU_ABORTED)
        return DIED;
    if (v->state != VCPU_RUNNING)
        return WENT;
    return world_error(&v->regs);
}

/* A call in a row of the table, and what follows in each column. */
struct row {
    const char *name;
    uint32_t function;
    int expected[COLUMNS];
};

static const struct row rows[] = {
    {"REQUEST", REQ32, {WENT, WENT, WENT, FFA_DENIED, WENT}},
    {"REQUEST 2", FFA_MSG_SEND_DIRECT_REQ2, {WENT, WENT, WENT, FFA_DENIED, WENT}},
    {"RESPOND", RESP32, {FFA_DENIED, FFA_DENIED, WENT, WENT, FFA_DENIED}},
    {"WAIT", FFA_MSG_WAIT, {WENT, WENT, FFA_DENIED, FFA_DENIED, WENT}},
    {"YIELD", FFA_YIELD, {FFA_DENIED, WENT, WENT, FFA_DENIED, OK}},
    /* nobody else has stopped: DENIED by the model, or as there is nothing to go on with */
    {"RUN", FFA_RUN, {FFA_DENIED, FFA_DENIED, FFA_DENIED, FFA_DENIED, FFA_DENIED}},
    {"ERROR",
     FFA_ERROR,
     {DIED, FFA_NOT_SUPPORTED, FFA_NOT_SUPPORTED, FFA_NOT_SUPPORTED, FFA_NOT_SUPPORTED}},
    {"REGISTER",
     FFA_SECONDARY_EP_REGISTER_64,
     {OK, FFA_DENIED, FFA_DENIED, FFA_DENIED, FFA_DENIED}},
};

static void call(const struct row *row, const struct vcpu *v)
{
    uint16_t id = WORLD_ID(v->partition);
    uint64_t pair = row->function == FFA_RUN  ? PAIR(QUEUED_ID, 0)
                    : row->function == RESP32 ? PAIR(id, v->requester)
                                              : PAIR(id, QUEUED_ID);

    s.partitions[v->partition].endpoint.version = FFA_VERSION_1_2;
    s.partitions[WORLD_QUEUED].endpoint.version = FFA_VERSION_1_2;
    if (row->function == FFA_MSG_WAIT || row->function == FFA_YIELD || row->function == FFA_ERROR)
        pair = 0;
    if (row->function == FFA_SECONDARY_EP_REGISTER_64)
        pair = s.partitions[v->partition].entry;
    world_call(&s, 0, row->function, pair, row->function == RESP32 ? v->response_w2 : 0);
}

static void check(unsigned partition, unsigned columns)
{
    static const char *const names[] = {"init", "run", "direct", "power", "interrupt"};

    for (unsigned i = 0; i < COUNT(rows); i++)
        for (unsigned model = 0; model < columns; model++) {
            int expected = rows[i].expected[model];
            const struct vcpu *v;
            if (partition == WORLD_UP && model == POWER)
                continue; /* a UP partition gets no power messages */
            v = enter(partition, model);
            if (partition == WORLD_UP && rows[i].function == FFA_SECONDARY_EP_REGISTER_64)
                expected = FFA_NOT_SUPPORTED;
            call(&rows[i], v);
            if (outcome(v) != expected)
                fail_msg("%s in %s: %d, not %d", rows[i].name, names[model], outcome(v), expected);
        }
}

static void a_up_partition_has_the_calls_of_its_model(void **state)
{
    (void)state;
    check(WORLD_UP, COLUMNS);
}

static void an_mp_partition_has_the_calls_of_its_model(void **state)
{
    (void)state;
    check(WORLD_MP, COLUMNS);
}

/* The row FFA_RUN with something to go on with: the queued partition yielded before. */
static void run_goes_on_with_a_callee_where_the_model_allows_it(void **state)
{
    static const struct {
        unsigned model;
        int status;
    } cells[] = {{RUN, OK}, {DIRECT, OK}, {INTERRUPT, FFA_DENIED}};

    (void)state;
    for (unsigned i = 0; i < COUNT(cells); i++) {
        struct vcpu *v = enter(WORLD_UP, DIRECT);
        world_call(&s, 0, REQ32, PAIR(UP_ID, QUEUED_ID));
        world_call(&s, 0, FFA_YIELD);
        world_respond(&s, 0, 0, 0);
        if (cells[i].model == RUN)
            world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
        else if (cells[i].model == DIRECT)
            world_request(&s, 0, WORLD_UP, 0);
        else
            world_interrupt(&s, 0, UP_DEVICE);
        assert_ptr_equal(world_running(&s, 0), v);
        world_call(&s, 0, FFA_RUN, PAIR(QUEUED_ID, 0));
        if (cells[i].status == OK)
            assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_QUEUED, 0));
        else
            assert_refused(&v->regs, cells[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_up_partition_has_the_calls_of_its_model),
        cmocka_unit_test(an_mp_partition_has_the_calls_of_its_model),
        cmocka_unit_test(run_goes_on_with_a_callee_where_the_model_allows_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
