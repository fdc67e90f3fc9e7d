/* SPDX-License-Identifier: BSD-3-Clause */
/* One step of the book: whose it is, and how an entry of the SPMD ends. */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

#define HERE(r) ((r)->b.place[(r)->a.cpu])

static bool is_spmd_message(const struct rules *r)
{
    return called(r) == FFA_MSG_SEND_DIRECT_REQ_32 &&
           w(r, 1) == ((uint32_t)FFA_ID_SPMD << 16 | r->b.spmc);
}

static void keeps_running(struct rules *r)
{
    if (HERE(r).runs >= 0)
        goes_on(r, HERE(r).runs);
    else
        nobody_goes_on(r);
}

/* A partition died elsewhere while its context ran here: that ends now, whatever it does. */
static void meets_the_dead(struct rules *r)
{
    is_buried(r, HERE(r).runs);
    if (r->a.what == COMES_DEVICE && r->open == NULL)
        rules_device(r); /* the interrupt is not lost */
}

static void happens(struct rules *r)
{
    int runs = HERE(r).runs;

    switch (r->a.what) {
    case COMES_BOOT:
    case COMES_ON:
        rules_boot(r);
        break;
    case COMES_ENTRY:
        HERE(r).door = is_spmd_message(r) ? DOOR_MESSAGE : DOOR_CALL;
        if (is_spmd_message(r))
            rules_spmd_message(r);
        else
            rules_call(r);
        break;
    case COMES_CALL:
        rules_call(r);
        break;
    case COMES_NORMAL_INTERRUPT:
        rules_normal_interrupt(r);
        break;
    case COMES_DEADLINE: /* 8.4: only who keeps interrupts away has one */
        if (context_of(r, runs)->keeps == KEEPS_NONE)
            keeps_running(r);
        else if (member_of(r, runs)->life == IS_RESTORED)
            is_put_off(r, runs);
        else
            dies(r, runs);
        break;
    case COMES_LOOK:
        rules_look(r);
        break;
    case COMES_DEVICE:
        rules_device(r);
        break;
    case COMES_PIECE:
        rules_piece(r);
        break;
    case COMES_REGISTER:
        rules_register(r);
        break;
    case COMES_FAULT:
        if (r->a.can_take)
            keeps_running(r);
        else
            dies(r, runs);
        break;
    case COMES_END:
        dies(r, runs);
        break;
    default:
        keeps_running(r);
        break;
    }
}

/* While its memory is made new, it makes no calls and meets no faults. */
static bool reaches_the_restored(enum happens what)
{
    return what == COMES_PIECE || what == COMES_NORMAL_INTERRUPT || what == COMES_DEADLINE ||
           what == COMES_LOOK || what == COMES_DEVICE;
}

void rules_step(struct rules *r)
{
    int runs = HERE(r).runs;
    uint8_t life = runs >= 0 ? member_of(r, runs)->life : IS_LIVE;

    r->runs = NO_ONE;
    if (r->a.by_spmd)
        HERE(r).door = DOOR_INTERRUPT;
    if (r->a.open != NULL)
        r->open = r->a.open;
    else if (life == IS_DEAD || life == IS_ABSENT)
        meets_the_dead(r);
    else if (life == IS_RESTORED && !reaches_the_restored(r->a.what))
        keeps_running(r);
    else
        happens(r);
    if (r->open == NULL && r->refusals != 0) {
        r->listed = 0;
        answers_with(r, FFA_ERROR, 0, 0);
    }
    if (r->memory) { /* its caller goes on, be it that the call gave way */
        answers_with(r, 0, 0, 0);
        r->written[r->writes - 1].checked = 0;
    }
    if (r->follows == THEN_RUNS || r->follows == THEN_AGAIN)
        return;
    HERE(r).door = DOOR_NONE;
    r->interrupts_world |= HERE(r).tell_late;
    HERE(r).tell_late = false;
}
