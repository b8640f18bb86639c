/* A connection of the drafts 75 and 76: its life, and its bytes (draft 76, 4.2 and 5.3). */
#include "ws/hixie.h"
#include "base/md5.h"
#include "base/utf8.h"
#include "ws/state.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBERS = 8, /* two of 32 bits */
    CHALLENGE = NUMBERS + SIO__HIXIE_BODY,
    LENGTH_DIGITS = 10 /* of 7 bits: more are no number, but a client that goes on for ever */
};

/* Types of frames, and what ends those that have no length. UTF-8 never has that byte in it. */
enum { TEXT = 0x00, WITH_LENGTH = 0x80, CLOSE = 0xff, END = 0xff };

static const unsigned char closing_frame[] = {CLOSE, 0};

typedef enum {
    OPENING, /* draft 76: bytes of the handshake are missing */
    OPEN,
    CLOSING, /* draft 76: our closing frame is on its way, the client's is awaited */
    DONE     /* nothing is read any more; the connection goes when all has been written */
} state_t;

/* Where in a frame we are. */
typedef enum {
    BETWEEN,
    IN_TEXT,
    IN_OTHER, /* a frame of a type that nobody knows, up to its END: dropped */
    IN_LENGTH,
    IN_BYTES /* those of that length: dropped */
} place_t;

/* What an idle connection lacks. */
typedef struct sio__hixie_more_s {
    sio__ws_deadline_t deadline; /* of opening and closing */
    uint64_t length;             /* IN_LENGTH, IN_BYTES: what is left; IN_OTHER: what has come */
    sio__buf_t text;             /* IN_TEXT: what has come */
    unsigned char challenge[CHALLENGE]; /* OPENING: the numbers, what has come of the rest */
    uint8_t challenge_length;
    uint8_t place;
    uint8_t type;   /* IN_LENGTH */
    uint8_t digits; /* IN_LENGTH */
} more_t;

/* In the room of its connection. */
struct sio__hixie_s {
    const sio__hixie_user_t *user; /* NULL: forgotten, or told that it is closed */
    more_t *more;                  /* NULL: nothing of it */
    uint32_t max_message;
    uint8_t draft;
    uint8_t state;
};

_Static_assert(sizeof(sio__hixie_t) <= SIO__CONN_ROOM, "it has no room in its connection");

static sio__hixie_t *hixie_of(sio__conn_t *conn) {
    return (sio__hixie_t *) (void *) &conn->room;
}

/* --- what a connection has beside it -------------------------------------------------------- */

struct sio__hixie_more_s *sio__hixie_prepare(const unsigned char numbers[NUMBERS],
                                             const void *body) {
    more_t *more = calloc(1, sizeof(*more));
    if (more == NULL)
        return NULL;
    memcpy(more->challenge, numbers, NUMBERS);
    if (body != NULL)
        memcpy(more->challenge + NUMBERS, body, SIO__HIXIE_BODY);
    more->challenge_length = body != NULL ? CHALLENGE : NUMBERS;
    return more;
}

static int need_more(sio__hixie_t *hixie) {
    if (hixie->more == NULL)
        hixie->more = calloc(1, sizeof(*hixie->more));
    return hixie->more != NULL ? 0 : SIO_ENOMEM;
}

static void free_more(sio__hixie_t *hixie) {
    more_t *more = hixie->more;
    if (more == NULL)
        return;
    sio__ws_deadline_disarm(&more->deadline);
    sio__buf_free(&more->text);
    free(more);
    hixie->more = NULL;
}

static void tidy(sio__hixie_t *hixie) {
    if (hixie->state == OPEN && hixie->more != NULL && hixie->more->place == BETWEEN)
        free_more(hixie);
}

/* --- closing -------------------------------------------------------------------------------- */

/* Tells the user of the end, once. */
static void tell(sio__hixie_t *hixie, int error) {
    const sio__hixie_user_t *user = hixie->user;
    hixie->user = NULL;
    if (user != NULL)
        user->closed(hixie, error);
}

/* Bounds the time that it may take. 0 or SIO_ENOMEM. */
static int arm_deadline(sio__hixie_t *hixie) {
    int rc = need_more(hixie);
    return rc < 0 ? rc : sio__ws_deadline_arm(&hixie->more->deadline, sio__hixie_conn(hixie));
}

/* The last byte has been queued. */
static void finish(sio__hixie_t *hixie) {
    if (hixie->state != CLOSING) /* there it is armed */
        arm_deadline(hixie);     /* without memory the time is the network's */
    hixie->state = DONE;
    if (hixie->more != NULL)
        sio__buf_free(&hixie->more->text);
    sio__conn_close_after_write(sio__hixie_conn(hixie));
}

static void fail(sio__hixie_t *hixie, int error) {
    sio__log(&sio__hixie_conn(hixie)->loop->log, SIO_LOG_DEBUG, "ws", "draft %d failed: %s",
             hixie->draft, sio_strerror(error));
    finish(hixie);
    tell(hixie, error);
}

static int send_closing_frame(sio__hixie_t *hixie) {
    return sio__conn_send_copy(sio__hixie_conn(hixie), closing_frame, sizeof(closing_frame));
}

void sio__hixie_close(sio__hixie_t *hixie) {
    if (hixie->state == CLOSING || hixie->state == DONE)
        return;
    if (hixie->draft == SIO__HIXIE_75 || hixie->state == OPENING || arm_deadline(hixie) < 0 ||
        send_closing_frame(hixie) < 0)
        finish(hixie);
    else
        hixie->state = CLOSING;
}

void sio__hixie_forget(sio__hixie_t *hixie) {
    hixie->user = NULL;
    sio__hixie_close(hixie);
}

/* Draft 75 knows no such frame; who sends it all the same means what 76 does, as 0.9's server in
 * Node takes it, too. */
static void peer_closed(sio__hixie_t *hixie) {
    if (hixie->state == OPEN && hixie->draft == SIO__HIXIE_76)
        send_closing_frame(hixie);
    sio__conn_peer_done(sio__hixie_conn(hixie));
    finish(hixie);
    tell(hixie, 0);
}

/* --- opening -------------------------------------------------------------------------------- */

/* Answers the challenge, which is complete. */
static int open_up(sio__hixie_t *hixie) {
    unsigned char digest[16];
    sio__md5(digest, hixie->more->challenge, CHALLENGE);
    int rc = sio__conn_send_copy(sio__hixie_conn(hixie), digest, sizeof(digest));
    if (rc == 0) {
        hixie->state = OPEN;
        tidy(hixie);
    }
    return rc;
}

static size_t take_challenge(sio__hixie_t *hixie, const char *data, size_t length) {
    more_t *more = hixie->more;
    size_t left = (size_t) CHALLENGE - more->challenge_length;
    if (length > left)
        length = left;
    memcpy(more->challenge + more->challenge_length, data, length);
    more->challenge_length = (uint8_t) (more->challenge_length + length);
    if (length < left)
        return length;
    int rc = open_up(hixie);
    if (rc < 0)
        fail(hixie, rc);
    else
        hixie->user->opened(hixie);
    return length;
}

/* --- texts ---------------------------------------------------------------------------------- */

static void deliver_mended(sio__hixie_t *hixie, const char *text, size_t length) {
    sio__buf_t mended = {0};
    if (sio__utf8_mend(&mended, text, length) < 0)
        fail(hixie, SIO_ENOMEM);
    else
        hixie->user->message(hixie, mended.data, mended.length);
    sio__buf_free(&mended);
}

static void deliver(sio__hixie_t *hixie, char *text, size_t length) {
    if (hixie->state != OPEN || hixie->user == NULL)
        return;
    if (length > hixie->max_message)
        fail(hixie, SIO_ETOOBIG);
    else if (sio__utf8_valid(text, length))
        hixie->user->message(hixie, text, length);
    else
        deliver_mended(hixie, text, length);
}

/* Keeps what has come of a text whose end has not. */
static void keep_text(sio__hixie_t *hixie, const char *text, size_t length) {
    sio__buf_t *kept = &hixie->more->text;
    if (hixie->state == CLOSING)
        return;
    if (length > hixie->max_message - kept->length)
        fail(hixie, SIO_ETOOBIG);
    else if (sio__buf_append(kept, text, length) < 0)
        fail(hixie, SIO_ENOMEM);
}

/* Goes on with a text. Returns the bytes taken. */
static size_t take_text(sio__hixie_t *hixie, const char *data, size_t length) {
    const char *end = memchr(data, END, length);
    size_t part = end != NULL ? (size_t) (end - data) : length;
    char empty = '\0';
    keep_text(hixie, data, part);
    if (end == NULL || hixie->state == DONE)
        return length;
    more_t *more = hixie->more;
    sio__buf_t text = more->text; /* whatever the user does now, it stays */
    more->text = (sio__buf_t){0};
    more->place = BETWEEN;
    deliver(hixie, text.data != NULL ? text.data : &empty, text.length);
    sio__buf_free(&text);
    return part + 1;
}

/* --- what is dropped ------------------------------------------------------------------------ */

static size_t take_other(sio__hixie_t *hixie, const char *data, size_t length) {
    more_t *more = hixie->more;
    const char *end = memchr(data, END, length);
    size_t part = end != NULL ? (size_t) (end - data) : length;
    more->length += part;
    if (more->length > hixie->max_message) {
        fail(hixie, SIO_ETOOBIG);
        return length;
    }
    if (end == NULL)
        return length;
    more->place = BETWEEN;
    return part + 1;
}

/* One digit of the length. */
static size_t take_length(sio__hixie_t *hixie, unsigned char digit) {
    more_t *more = hixie->more;
    more->length = more->length << 7 | (digit & 0x7f);
    more->digits++;
    if (more->length > hixie->max_message)
        fail(hixie, SIO_ETOOBIG);
    else if ((digit & 0x80) != 0 && more->digits == LENGTH_DIGITS)
        fail(hixie, SIO_EPROTO);
    else if ((digit & 0x80) == 0 && more->length == 0 && more->type == CLOSE)
        peer_closed(hixie);
    else if ((digit & 0x80) == 0)
        more->place = more->length > 0 ? IN_BYTES : BETWEEN;
    return 1;
}

static size_t take_bytes(more_t *more, size_t length) {
    if (more->length < length)
        length = (size_t) more->length;
    more->length -= length;
    if (more->length == 0)
        more->place = BETWEEN;
    return length;
}

/* --- the stream ----------------------------------------------------------------------------- */

/* A frame that is not whole, or not a text: notes its type. */
static void begin_frame(sio__hixie_t *hixie, unsigned char type) {
    if (need_more(hixie) < 0) {
        fail(hixie, SIO_ENOMEM);
        return;
    }
    more_t *more = hixie->more;
    more->place = type == TEXT ? IN_TEXT : type < WITH_LENGTH ? IN_OTHER : IN_LENGTH;
    more->type = type;
    more->length = 0;
    more->digits = 0;
}

/* The usual frame is whole, and is delivered where it is. Returns the bytes taken. */
static size_t take_frame(sio__hixie_t *hixie, char *data, size_t length) {
    unsigned char type = (unsigned char) data[0];
    const char *end = type == TEXT ? memchr(data + 1, END, length - 1) : NULL;
    if (end == NULL) {
        begin_frame(hixie, type);
        return 1;
    }
    deliver(hixie, data + 1, (size_t) (end - data) - 1);
    return (size_t) (end - data) + 1;
}

static size_t step(sio__hixie_t *hixie, char *data, size_t length) {
    if (hixie->state == OPENING)
        return take_challenge(hixie, data, length);
    switch (hixie->more != NULL ? (place_t) hixie->more->place : BETWEEN) {
    case IN_TEXT: return take_text(hixie, data, length);
    case IN_OTHER: return take_other(hixie, data, length);
    case IN_LENGTH: return take_length(hixie, (unsigned char) data[0]);
    case IN_BYTES: return take_bytes(hixie->more, length);
    default: return take_frame(hixie, data, length);
    }
}

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    sio__hixie_t *hixie = hixie_of(conn);
    while (length > 0 && hixie->state != DONE) {
        size_t taken = step(hixie, data, length);
        data += taken;
        length -= taken;
    }
    tidy(hixie);
}

/* FIN: all that draft 75 has, in 76 no closing frame. What is queued may still be read. */
static void on_end(sio__conn_t *conn) {
    sio__hixie_t *hixie = hixie_of(conn);
    if (hixie->state == DONE)
        return;
    finish(hixie);
    tell(hixie, UV_EOF);
}

static void on_drained(sio__conn_t *conn) {
    sio__hixie_t *hixie = hixie_of(conn);
    if (hixie->state == OPEN && hixie->user != NULL)
        hixie->user->drained(hixie);
}

/* The connection's memory stays until its handle has closed: whoever is in on_data goes on. */
static void on_closed(sio__conn_t *conn, int error) {
    sio__hixie_t *hixie = hixie_of(conn);
    hixie->state = DONE;
    free_more(hixie);
    tell(hixie, error);
    sio__ws_pool_leave(conn->loop->ws_pool);
}

const sio__protocol_t sio__hixie_protocol = {on_data, on_end, on_drained, on_closed};

sio__hixie_t *sio__hixie_begin(sio__conn_t *conn, struct sio__hixie_more_s *more,
                               uint32_t max_message, const sio__hixie_user_t *user) {
    sio__hixie_t *hixie = hixie_of(conn);
    *hixie = (sio__hixie_t){
        .user = user,
        .more = more,
        .max_message = max_message,
        .draft = more != NULL ? SIO__HIXIE_76 : SIO__HIXIE_75,
        .state = more != NULL ? OPENING : OPEN,
    };
    sio__ws_pool_enter(conn->loop->ws_pool);
    if (more == NULL)
        return hixie;
    arm_deadline(hixie); /* without one it waits as long as the peer is there */
    if (more->challenge_length == CHALLENGE)
        open_up(hixie); /* out of memory it does not, and is cut off */
    return hixie;
}

/* --- what the user asks --------------------------------------------------------------------- */

const unsigned char *sio__hixie_frame(sio__scratch_t *scratch, const void *text, size_t length,
                                      size_t *size) {
    unsigned char *frame =
        length <= SIZE_MAX - 2 ? sio__scratch_alloc(scratch, length + 2) : NULL;
    if (frame == NULL)
        return NULL;
    frame[0] = TEXT;
    if (length > 0)
        memcpy(frame + 1, text, length);
    frame[length + 1] = END;
    *size = length + 2;
    return frame;
}

int sio__hixie_send(sio__hixie_t *hixie, const unsigned char *frame, size_t size) {
    if (hixie->state != OPEN)
        return SIO_ECLOSED;
    return sio__conn_send(sio__hixie_conn(hixie), frame, size);
}

int sio__hixie_is_open(const sio__hixie_t *hixie) {
    return hixie->state == OPEN;
}

size_t sio__hixie_buffered(const sio__hixie_t *hixie) {
    return sio__conn_buffered(sio__hixie_conn(hixie));
}

int sio__hixie_writable(const sio__hixie_t *hixie) {
    return hixie->state == OPEN && sio__hixie_buffered(hixie) == 0 &&
           !sio__hixie_conn(hixie)->writing;
}
