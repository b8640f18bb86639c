/* Addresses as text. */
#include "net/address.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *address, const char *expected) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } u;
    char text[SIO__ADDRESS_SIZE];
    memset(&u, 0, sizeof(u));
    if (uv_ip4_addr(address, 3000, &u.v4) != 0)
        assert_int_equal(uv_ip6_addr(address, 3000, &u.v6), 0);
    sio__address_text(&u.any, text);
    assert_string_equal(text, expected);
}

static void ipv4(void **state) {
    (void) state;
    check("0.0.0.0", "0.0.0.0");
    check("127.0.0.1", "127.0.0.1");
    check("9.10.99.100", "9.10.99.100");
    check("255.255.255.255", "255.255.255.255");
}

static void ipv6(void **state) {
    (void) state;
    check("::", "::");
    check("::1", "::1");
    check("2001:db8::ff00:42:8329", "2001:db8::ff00:42:8329");
    check("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    check("::ffff:192.168.1.20", "192.168.1.20");
    check("::fffe:192.168.1.20", "::fffe:c0a8:114");
}

static void neither(void **state) {
    struct sockaddr address;
    char text[SIO__ADDRESS_SIZE] = "untouched";
    (void) state;
    memset(&address, 0, sizeof(address));
    sio__address_text(&address, text);
    assert_string_equal(text, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4),
        cmocka_unit_test(ipv6),
        cmocka_unit_test(neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
