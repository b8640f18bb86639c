/* Ids and the map of objects by id. */
#include "base/idmap.h"
#include "base/id.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    char id[SIO__ID_LENGTH + 1];
    int seen;
} thing_t;

enum { THINGS = 5000 };

static const char *thing_id(const void *object, size_t *length) {
    const thing_t *thing = object;
    *length = strlen(thing->id);
    return thing->id;
}

static thing_t *make_things(void) {
    sio__ids_t ids = {0};
    thing_t *things = calloc(THINGS, sizeof(*things));

    assert_non_null(things);
    for (size_t i = 0; i < THINGS; i++)
        assert_int_equal(sio__id_new(&ids, things[i].id), 0);
    return things;
}

static void *find(const sio__idmap_t *map, const thing_t *thing) {
    return sio__idmap_find(map, thing->id, strlen(thing->id));
}

static void ids_look_right(void **state) {
    thing_t *things = make_things();

    (void) state;
    for (size_t i = 0; i < THINGS; i++) {
        assert_int_equal(strlen(things[i].id), SIO__ID_LENGTH);
        assert_int_equal(strspn(things[i].id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789-_"),
                         SIO__ID_LENGTH);
    }
    free(things);
}

static void adds_finds_removes(void **state) {
    sio__idmap_t map = {.id_of = thing_id};
    thing_t *things = make_things();

    (void) state;
    assert_null(find(&map, &things[0]));
    sio__idmap_remove(&map, &things[0]);
    for (size_t i = 0; i < THINGS; i++) {
        assert_null(find(&map, &things[i])); /* ids do not repeat */
        assert_int_equal(sio__idmap_add(&map, &things[i]), 0);
    }
    assert_int_equal(map.count, THINGS);
    for (size_t i = 0; i < THINGS; i += 2)
        sio__idmap_remove(&map, &things[i]);
    sio__idmap_remove(&map, &things[0]);
    assert_int_equal(map.count, THINGS / 2);
    for (size_t i = 0; i < THINGS; i++)
        assert_ptr_equal(find(&map, &things[i]), i % 2 ? &things[i] : NULL);
    sio__idmap_free(&map);
    assert_null(find(&map, &things[1]));
    free(things);
}

/* Come and go for long: neither the slots nor the searches grow. */
static void churn(void **state) {
    sio__idmap_t map = {.id_of = thing_id};
    thing_t *things = make_things();

    (void) state;
    for (size_t round = 0; round < 40; round++)
        for (size_t i = 0; i < THINGS; i++) {
            assert_int_equal(sio__idmap_add(&map, &things[i]), 0);
            sio__idmap_remove(&map, &things[(i + THINGS - 10) % THINGS]);
            assert_ptr_equal(find(&map, &things[i]), &things[i]);
            assert_true(map.count <= 20);
        }
    assert_true(map.capacity <= 64);
    assert_true(map.used <= map.capacity / 4 * 3);
    sio__idmap_free(&map);
    free(things);
}

static void lengths_and_bytes(void **state) {
    thing_t a = {.id = "abc"}, b = {.id = "abcd"}, c = {.id = ""}, d = {.id = "abcdefghi"};
    sio__idmap_t map = {.id_of = thing_id};

    (void) state;
    assert_int_equal(sio__idmap_add(&map, &a), 0);
    assert_int_equal(sio__idmap_add(&map, &b), 0);
    assert_int_equal(sio__idmap_add(&map, &c), 0);
    assert_int_equal(sio__idmap_add(&map, &d), 0);
    assert_ptr_equal(sio__idmap_find(&map, "abcd", 3), &a);
    assert_ptr_equal(sio__idmap_find(&map, "abcd", 4), &b);
    assert_ptr_equal(sio__idmap_find(&map, "", 0), &c);
    assert_ptr_equal(sio__idmap_find(&map, "abcdefghi", 9), &d);
    assert_null(sio__idmap_find(&map, "abc\0", 4));
    assert_null(sio__idmap_find(&map, "abcdefgh", 8));
    assert_null(sio__idmap_find(&map, "ab", 2));
    sio__idmap_free(&map);
}

static void walks_while_removing(void **state) {
    sio__idmap_t map = {.id_of = thing_id};
    thing_t *things = make_things();
    thing_t *thing;
    size_t cursor = 0, seen = 0;

    (void) state;
    assert_null(sio__idmap_next(&map, &cursor));
    for (size_t i = 0; i < THINGS; i++)
        assert_int_equal(sio__idmap_add(&map, &things[i]), 0);
    for (cursor = 0; (thing = sio__idmap_next(&map, &cursor)) != NULL; seen++) {
        assert_int_equal(thing->seen++, 0);
        sio__idmap_remove(&map, thing);
    }
    assert_int_equal(seen, THINGS);
    assert_int_equal(map.count, 0);
    cursor = 0;
    assert_null(sio__idmap_next(&map, &cursor));
    sio__idmap_free(&map);
    free(things);
}

static size_t looks; /* at an object's id */

static const char *counted_id(const void *object, size_t *length) {
    looks++;
    return thing_id(object, length);
}

/* Nearly every object is in its own place or close to it, however many there are. */
static void spreads(void **state) {
    sio__idmap_t map = {.id_of = counted_id};
    thing_t *things = make_things();

    (void) state;
    for (size_t i = 0; i < THINGS; i++)
        assert_int_equal(sio__idmap_add(&map, &things[i]), 0);
    looks = 0;
    for (size_t i = 0; i < THINGS; i++)
        assert_ptr_equal(find(&map, &things[i]), &things[i]);
    assert_in_range(looks, THINGS, 3 * THINGS);
    sio__idmap_free(&map);
    /* Ids that differ in their last character alone. */
    for (size_t i = 0; i < 64; i++) {
        snprintf(things[i].id, sizeof(things[i].id), "the same beginning%c", (char) ('0' + i));
        assert_int_equal(sio__idmap_add(&map, &things[i]), 0);
    }
    looks = 0;
    for (size_t i = 0; i < 64; i++)
        assert_ptr_equal(find(&map, &things[i]), &things[i]);
    assert_in_range(looks, 64, 3 * 64);
    sio__idmap_free(&map);
    free(things);
}

/* --- the key ---------------------------------------------------------------------------------- */

enum { BLOCKS = 10, CHOSEN = 1 << BLOCKS };

typedef struct {
    size_t length;
    char id[16 * BLOCKS];
} chosen_t;

static const char *chosen_id(const void *object, size_t *length) {
    const chosen_t *chosen = object;
    looks++;
    *length = chosen->length;
    return chosen->id;
}

/*
 * Names of somebody who knows how maps search, but not the key. A difference in the highest bit
 * of a word comes out of a product with an odd factor as it went in. Where the upper half of
 * that is laid over the lower one, and nothing else is done, the next word can take it back:
 * each pair of blocks doubles the names that are searched for in one place, whatever the key.
 */
static chosen_t *choose(void) {
    chosen_t *chosen = calloc(CHOSEN, sizeof(*chosen));
    assert_non_null(chosen);
    for (size_t i = 0; i < CHOSEN; i++) {
        chosen[i].length = sizeof(chosen[i].id);
        for (size_t block = 0; block < BLOCKS; block++) {
            uint64_t words[2] = {0x6161616161616161u, 0x6262626262626262u};
            if (i >> block & 1) {
                words[0] ^= UINT64_C(1) << 63;
                words[1] ^= UINT64_C(1) << 63 | UINT64_C(1) << 31;
            }
            memcpy(chosen[i].id + 16 * block, words, sizeof(words));
        }
    }
    return chosen;
}

static void chosen_names_do_not_meet(void **state) {
    chosen_t *chosen = choose();
    (void) state;
    for (int round = 0; round < 8; round++) {
        sio__idmap_t map = {.id_of = chosen_id};
        assert_int_equal(sio__idmap_key_new(&map.key), 0);
        for (size_t i = 0; i < CHOSEN; i++)
            assert_int_equal(sio__idmap_add(&map, &chosen[i]), 0);
        looks = 0;
        for (size_t i = 0; i < CHOSEN; i++)
            assert_ptr_equal(sio__idmap_find(&map, chosen[i].id, chosen[i].length), &chosen[i]);
        assert_in_range(looks, CHOSEN, 3 * CHOSEN);
        sio__idmap_free(&map);
    }
    free(chosen);
}

/* What meets under one key does not under another. */
static void keys_make_different_maps(void **state) {
    thing_t *things = make_things();
    sio__idmap_t maps[2] = {{.id_of = thing_id}, {.id_of = thing_id}};
    size_t cursors[2] = {0, 0}, same = 0;
    (void) state;
    for (int m = 0; m < 2; m++) {
        assert_int_equal(sio__idmap_key_new(&maps[m].key), 0);
        for (size_t i = 0; i < THINGS; i++)
            assert_int_equal(sio__idmap_add(&maps[m], &things[i]), 0);
    }
    for (size_t i = 0; i < THINGS; i++)
        same += sio__idmap_next(&maps[0], &cursors[0]) == sio__idmap_next(&maps[1], &cursors[1]);
    assert_in_range(same, 0, THINGS / 100);
    sio__idmap_free(&maps[0]);
    sio__idmap_free(&maps[1]);
    free(things);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_look_right),
        cmocka_unit_test(adds_finds_removes),
        cmocka_unit_test(churn),
        cmocka_unit_test(lengths_and_bytes),
        cmocka_unit_test(walks_while_removing),
        cmocka_unit_test(spreads),
        cmocka_unit_test(chosen_names_do_not_meet),
        cmocka_unit_test(keys_make_different_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
