/* The table of addresses: what counts as one, and that it counts. */
#include "net/addresses.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static sio__source_t source_of(const char *text) {
    struct sockaddr_storage address;
    sio__source_t source;
    if (strchr(text, ':') != NULL)
        assert_int_equal(uv_ip6_addr(text, 1, (struct sockaddr_in6 *) &address), 0);
    else
        assert_int_equal(uv_ip4_addr(text, 1, (struct sockaddr_in *) &address), 0);
    assert_int_equal(sio__source_of((const struct sockaddr *) &address, &source), 0);
    return source;
}

static int same(const char *a, const char *b) {
    sio__source_t one = source_of(a), other = source_of(b);
    return memcmp(&one, &other, sizeof(one)) == 0;
}

static void what_is_one_address(void **state) {
    struct sockaddr_storage other = {.ss_family = AF_UNIX};
    sio__source_t source;
    (void) state;
    assert_true(same("192.0.2.1", "192.0.2.1"));
    assert_true(same("192.0.2.1", "::ffff:192.0.2.1"));
    assert_false(same("192.0.2.1", "192.0.2.2"));
    assert_true(same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
    assert_false(same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert_false(same("::1", "::ffff:0.0.0.1"));
    assert_int_equal(sio__source_of((const struct sockaddr *) &other, &source), -1);
}

static void counts_to_the_edge(void **state) {
    sio__addresses_t table = {0};
    sio__source_t a = source_of("192.0.2.1"), b = source_of("192.0.2.2");
    uint32_t places[4];
    (void) state;
    assert_int_equal(sio__addresses_enter(&table, &a, 2, &places[0]), 0);
    assert_int_equal(sio__addresses_enter(&table, &a, 2, &places[1]), 0);
    assert_int_not_equal(places[0], 0);
    assert_int_equal(places[0], places[1]);
    assert_int_equal(sio__addresses_enter(&table, &a, 2, &places[2]), SIO_ETOOBIG);
    assert_int_equal(sio__addresses_enter(&table, &b, 2, &places[2]), 0);
    assert_int_not_equal(places[2], places[0]);
    sio__addresses_leave(&table, places[0]);
    assert_int_equal(sio__addresses_enter(&table, &a, 2, &places[0]), 0);
    assert_int_equal(sio__addresses_enter(&table, &a, 2, &places[3]), SIO_ETOOBIG);
    for (int i = 0; i < 3; i++)
        sio__addresses_leave(&table, places[i]);
    assert_int_equal(table.count, 0);
    sio__addresses_free(&table);
}

/* Come and go in no order: all are counted right, and what is empty is used again. */
static void many_come_and_go(void **state) {
    enum { ADDRESSES = 3000, STEPS = 60000, MOST = 5 };
    static uint32_t places[ADDRESSES], counts[ADDRESSES];
    sio__addresses_t table = {.key = {7, 0x1234567890abcdefu}};
    uint32_t random = 1, largest = 0;
    (void) state;
    for (int step = 0; step < STEPS; step++) {
        char text[32];
        random = random * 1103515245u + 12345u;
        uint32_t i = (random >> 8) % ADDRESSES;
        snprintf(text, sizeof(text), "10.0.%u.%u", (unsigned) (i >> 8), (unsigned) (i & 255));
        sio__source_t source = source_of(text);
        if (random >> 30 == 0 && counts[i] > 0) {
            sio__addresses_leave(&table, places[i]);
            counts[i]--;
            continue;
        }
        uint32_t place;
        int rc = sio__addresses_enter(&table, &source, MOST, &place);
        assert_int_equal(rc, counts[i] == MOST ? SIO_ETOOBIG : 0);
        if (rc < 0)
            continue;
        assert_true(counts[i] == 0 || place == places[i]);
        places[i] = place;
        counts[i]++;
        largest = table.count > largest ? table.count : largest;
    }
    assert_true(largest > ADDRESSES / 2);
    assert_in_range(table.capacity, largest, 4 * largest);
    for (uint32_t i = 0; i < ADDRESSES; i++)
        while (counts[i]-- > 0)
            sio__addresses_leave(&table, places[i]);
    assert_int_equal(table.count, 0);
    assert_int_equal(table.capacity, 0); /* a burst's memory returns */
    sio__addresses_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_one_address),
        cmocka_unit_test(counts_to_the_edge),
        cmocka_unit_test(many_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
