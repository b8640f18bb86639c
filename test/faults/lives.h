/* What clients do in their lives, of each generation over each transport. */
#ifndef TEST_FAULTS_LIVES_H
#define TEST_FAULTS_LIVES_H

#include "faults/speaker.h"

/* What the client does: says a message, a binary one, or a frame that begins with the first byte
 * of the text; or lets time pass. */
typedef struct {
    enum { LIFE_END, LIFE_SAY, LIFE_BINARY, LIFE_FRAME, LIFE_SLEEP } kind;
    const char *text;
    unsigned length; /* of bytes, or milliseconds */
} step_t;

typedef struct {
    const char *name;
    speaker_kind_t kind;
    const char *query, *headers;
    const step_t *steps;
    const char *due; /* what it hears at last */
    int recovery, deflate, msgpack;
    int birth; /* it is the server's, from its making on */
    int reset; /* ends so, and orderly otherwise */
} life_t;

extern const life_t lives[];
extern const size_t life_count;

/* For the msgpack parser: the CONNECT; the event "echo" with one string; without it, and what
 * follows it. */
#define PACKED_NSP "\xa3nsp\xa1/"
#define PACKED_CONNECT "\x82\xa4type\x00" PACKED_NSP
#define PACKED_ECHO_HEAD                                                                           \
    "\x83\xa4type\x02\xa4"                                                                       \
    "data\x92\xa4"                                                                                \
    "echo"

#endif
