#include "adapter/sessions.h"
#include "adapter/local.h"
#include "sio/recovery.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum { PURGE_MS = 60000 };

/* The place of a packet: the wall clock in ms and a number in this ms, which grow. */
typedef struct {
    uint64_t ms;
    uint64_t number;
} place_t;

typedef struct {
    uint32_t length;
    uint32_t binary;
} record_t;

/* A packet; `text` has the rooms, the excepted ones, and the messages with a record_t each. */
typedef struct {
    place_t place;
    uint64_t stored; /* loop time */
    size_t rooms, except, size;
    char text[];
} packet_t;

typedef struct session_s {
    struct session_s *older, *newer;
    uint64_t saved; /* loop time */
    json_t *data;
    char sid[SIO__ID_LENGTH + 1];
    char pid[SIO__ID_LENGTH + 1];
    size_t rooms;
    char text[];
} session_t;

struct sio__sessions_s {
    sio__deadline_t purge; /* first */
    sio_namespace_t *nsp;
    sio__idmap_t by_pid;
    session_t *oldest, *newest;
    packet_t **packets; /* [first, count), the oldest first */
    size_t first, count, capacity;
    size_t bytes; /* of sessions and packets */
    place_t last; /* of the last offset given */
};

/* --- offsets ------------------------------------------------------------------------------ */

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/* The first ones of a ms have no number. */
static char *write_number(char *end, uint64_t value) {
    do {
        *--end = digits[value % 64];
        value /= 64;
    } while (value > 0);
    return end;
}

static void write_place(char offset[SIO__OFFSET_ROOM], const place_t *place) {
    char room[32], *end = room + sizeof(room), *at = end;
    if (place->number > 0) {
        at = write_number(at, place->number - 1);
        *--at = '.';
    }
    at = write_number(at, place->ms);
    memcpy(offset, at, (size_t) (end - at));
    offset[end - at] = '\0';
}

static int read_number(const char **at, uint64_t *value) {
    const char *start = *at, *digit;
    *value = 0;
    for (; **at != '\0' && (digit = strchr(digits, **at)) != NULL && *at - start < 10; ++*at)
        *value = *value * 64 + (uint64_t) (digit - digits);
    return *at > start;
}

static int read_place(const char *offset, place_t *place) {
    place->number = 0;
    if (!read_number(&offset, &place->ms))
        return 0;
    if (*offset == '.') {
        offset++;
        if (!read_number(&offset, &place->number))
            return 0;
        place->number++;
    }
    return *offset == '\0';
}

static int is_before(const place_t *a, const place_t *b) {
    return a->ms != b->ms ? a->ms < b->ms : a->number < b->number;
}

/* --- life --------------------------------------------------------------------------------- */

static const char *session_pid(const void *object, size_t *length) {
    *length = SIO__ID_LENGTH;
    return ((const session_t *) object)->pid;
}

static void purge(sio__deadline_t *deadline);

static sio__sessions_t *sessions_of(sio_namespace_t *nsp) {
    if (nsp->local->sessions != NULL)
        return nsp->local->sessions;
    sio__sessions_t *sessions = calloc(1, sizeof(*sessions));
    if (sessions == NULL)
        return NULL;
    sessions->purge.run = purge;
    sessions->nsp = nsp;
    sessions->by_pid.id_of = session_pid;
    sessions->by_pid.key = nsp->core->loop->map_key;
    nsp->local->sessions = sessions;
    return sessions;
}

static uint64_t now_of(const sio__sessions_t *sessions) {
    return uv_now(sessions->nsp->core->loop->uv);
}

static void wait_for_purge(sio__sessions_t *sessions) {
    if (sessions->purge.place == 0)
        sio__deadline_arm(&sessions->nsp->core->deadlines, &sessions->purge, PURGE_MS);
}

static size_t session_size(const session_t *session) {
    return sizeof(*session) + session->rooms;
}

static void drop_session(sio__sessions_t *sessions, session_t *session) {
    sessions->bytes -= session_size(session);
    sio__idmap_remove(&sessions->by_pid, session);
    if (session->older != NULL)
        session->older->newer = session->newer;
    else
        sessions->oldest = session->newer;
    if (session->newer != NULL)
        session->newer->older = session->older;
    else
        sessions->newest = session->older;
    json_decref(session->data);
    free(session);
}

static void drop_packet(sio__sessions_t *sessions) {
    packet_t *packet = sessions->packets[sessions->first++];
    sessions->bytes -= packet->size;
    free(packet);
    if (sessions->first == sessions->count)
        sessions->first = sessions->count = 0;
}

static uint64_t lost_for(const sio__sessions_t *sessions) {
    return sessions->nsp->core->options->recovery->max_disconnection_ms;
}

static void purge(sio__deadline_t *deadline) {
    sio__sessions_t *sessions = (sio__sessions_t *) deadline;
    uint64_t now = now_of(sessions), most = lost_for(sessions);
    while (sessions->oldest != NULL && now - sessions->oldest->saved > most)
        drop_session(sessions, sessions->oldest);
    while (sessions->first < sessions->count &&
           now - sessions->packets[sessions->first]->stored > most)
        drop_packet(sessions);
    if (sessions->oldest != NULL || sessions->first < sessions->count)
        wait_for_purge(sessions);
}

/* Packets first: without them the sessions are worth nothing, but with too many of them nothing
 * is left for others. */
static void stay_within(sio__sessions_t *sessions) {
    size_t most = sessions->nsp->core->options->recovery->max_bytes;
    while (sessions->bytes > most && sessions->first < sessions->count)
        drop_packet(sessions);
    while (sessions->bytes > most && sessions->oldest != NULL)
        drop_session(sessions, sessions->oldest);
}

void sio__sessions_free(sio__sessions_t *sessions) {
    if (sessions == NULL)
        return;
    sio__deadline_disarm(&sessions->nsp->core->deadlines, &sessions->purge);
    while (sessions->oldest != NULL)
        drop_session(sessions, sessions->oldest);
    while (sessions->first < sessions->count)
        drop_packet(sessions);
    free(sessions->packets);
    sio__idmap_free(&sessions->by_pid);
    free(sessions);
}

/* --- packets ------------------------------------------------------------------------------ */

int sio_memory_next_offset(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                           char *offset, size_t capacity) {
    sio__sessions_t *sessions = sessions_of(nsp);
    uv_timeval64_t clock;
    (void) state;
    (void) targets;
    if (sessions == NULL || capacity < SIO__OFFSET_ROOM || uv_gettimeofday(&clock) < 0)
        return SIO_ENOMEM;
    uint64_t ms = (uint64_t) clock.tv_sec * 1000 + (uint64_t) clock.tv_usec / 1000;
    /* The clock may be set back; the places are not. */
    if (ms > sessions->last.ms)
        sessions->last = (place_t){ms, 0};
    else
        sessions->last.number++;
    write_place(offset, &sessions->last);
    return 0;
}

static int reserve(sio__sessions_t *sessions) {
    if (sessions->count < sessions->capacity)
        return 0;
    size_t held = sessions->count - sessions->first;
    if (sessions->first > 0 && sessions->first >= held) {
        memmove(sessions->packets, sessions->packets + sessions->first, held * sizeof(packet_t *));
        sessions->first = 0;
        sessions->count = held;
        return 0;
    }
    size_t capacity = sessions->capacity > 0 ? sessions->capacity * 2 : 64;
    packet_t **packets = realloc(sessions->packets, capacity * sizeof(packet_t *));
    if (packets == NULL)
        return SIO_ENOMEM;
    sessions->packets = packets;
    sessions->capacity = capacity;
    return 0;
}

static size_t messages_size(const sio_message_t *message) {
    size_t size = 0, length;
    int binary;
    for (size_t i = 0; i < message->encoded.count; i++) {
        eio__message_data(&message->encoded.messages[i], &binary, &length);
        size += sizeof(record_t) + length;
    }
    return size;
}

static char *put(char *at, const void *data, size_t length) {
    if (length > 0)
        memcpy(at, data, length);
    return at + length;
}

/* The sender is one of those left out. */
static packet_t *packet_new(const sio_targets_t *targets, const sio_message_t *message) {
    size_t skip = targets->skip != NULL ? targets->skip->id_length + 1 : 0;
    size_t messages = messages_size(message);
    size_t size =
        sizeof(packet_t) + targets->rooms.length + targets->except.length + skip + messages;
    packet_t *packet = messages <= UINT32_MAX ? malloc(size) : NULL;
    if (packet == NULL)
        return NULL;
    packet->size = size;
    packet->rooms = targets->rooms.length;
    packet->except = targets->except.length + skip;
    char *at = put(packet->text, targets->rooms.text, targets->rooms.length);
    at = put(at, targets->except.text, targets->except.length);
    if (skip > 0)
        at = put(at, sio_socket_id(targets->skip), skip);
    for (size_t i = 0; i < message->encoded.count; i++) {
        int binary;
        size_t length;
        const void *data = eio__message_data(&message->encoded.messages[i], &binary, &length);
        record_t record = {(uint32_t) length, (uint32_t) binary};
        at = put(at, &record, sizeof(record));
        at = put(at, data, length);
    }
    return packet;
}

void sio__sessions_store(sio_namespace_t *nsp, const sio_targets_t *targets,
                         const sio_message_t *message) {
    sio__sessions_t *sessions = nsp->local->sessions;
    place_t place;
    if (sessions == NULL || !read_place(message->offset, &place))
        return;
    packet_t *packet = reserve(sessions) == 0 ? packet_new(targets, message) : NULL;
    if (packet == NULL) {
        /* What comes behind the gap must not look complete. */
        while (sessions->first < sessions->count)
            drop_packet(sessions);
        return;
    }
    packet->place = place;
    packet->stored = now_of(sessions);
    sessions->packets[sessions->count++] = packet;
    sessions->bytes += packet->size;
    stay_within(sessions);
    wait_for_purge(sessions);
}

/* --- sessions ----------------------------------------------------------------------------- */

void sio_memory_save_session(void *state, sio_namespace_t *nsp, const sio_session_t *given) {
    sio__sessions_t *sessions = sessions_of(nsp);
    (void) state;
    if (sessions == NULL || strlen(given->sid) != SIO__ID_LENGTH ||
        strlen(given->pid) != SIO__ID_LENGTH)
        return;
    session_t *old = sio__idmap_find(&sessions->by_pid, given->pid, SIO__ID_LENGTH);
    if (old != NULL)
        drop_session(sessions, old);
    session_t *session = calloc(1, sizeof(*session) + given->rooms.length);
    if (session == NULL)
        return;
    memcpy(session->sid, given->sid, sizeof(session->sid));
    memcpy(session->pid, given->pid, sizeof(session->pid));
    if (sio__idmap_add(&sessions->by_pid, session) < 0) {
        free(session);
        return;
    }
    session->saved = now_of(sessions);
    session->data = json_incref((json_t *) (uintptr_t) given->data);
    session->rooms = given->rooms.length;
    put(session->text, given->rooms.text, given->rooms.length);
    session->older = sessions->newest;
    if (session->older != NULL)
        session->older->newer = session;
    else
        sessions->oldest = session;
    sessions->newest = session;
    sessions->bytes += session_size(session);
    stay_within(sessions);
    wait_for_purge(sessions);
}

/* The index of the packet with this place, or `count`. */
static size_t find_packet(const sio__sessions_t *sessions, const place_t *place) {
    size_t low = sessions->first, high = sessions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_before(&sessions->packets[middle]->place, place))
            low = middle + 1;
        else
            high = middle;
    }
    if (low < sessions->count && is_before(place, &sessions->packets[low]->place))
        return sessions->count;
    return low;
}

static const char *room_id(const void *object, size_t *length) {
    *length = strlen(object);
    return object;
}

/* The rooms of a session, its id among them, as a map: it is asked for each packet. 0 or
 * SIO_ENOMEM. */
static int map_rooms(const session_t *session, sio__idmap_t *map) {
    const sio_rooms_t rooms = {session->text, session->rooms};
    const char *room = NULL;
    int rc = sio__idmap_add(map, (void *) (uintptr_t) session->sid);
    while (rc == 0 && (room = sio_rooms_next(&rooms, room)) != NULL)
        rc = sio__idmap_add(map, (void *) (uintptr_t) room);
    return rc;
}

static int has_any(const sio__idmap_t *map, const char *text, size_t length) {
    const sio_rooms_t rooms = {text, length};
    const char *room = NULL;
    while ((room = sio_rooms_next(&rooms, room)) != NULL)
        if (sio__idmap_find(map, room, strlen(room)) != NULL)
            return 1;
    return 0;
}

static int was_for(const packet_t *packet, const sio__idmap_t *rooms) {
    return (packet->rooms == 0 || has_any(rooms, packet->text, packet->rooms)) &&
           !has_any(rooms, packet->text + packet->rooms, packet->except);
}

static int give(sio_restore_t *restore, const packet_t *packet) {
    const char *at = packet->text + packet->rooms + packet->except;
    const char *end = (const char *) packet + packet->size;
    int rc = 0;
    while (rc == 0 && at < end) {
        record_t record;
        memcpy(&record, at, sizeof(record));
        at += sizeof(record);
        rc = sio__restore_message(restore, (int) record.binary, at, record.length);
        at += record.length;
    }
    return rc;
}

/* What was broadcast to the session behind this place. */
static int give_missed(const sio__sessions_t *sessions, const session_t *session,
                       const place_t *place, sio_restore_t *restore) {
    sio__idmap_t rooms = {.id_of = room_id, .key = sessions->by_pid.key};
    size_t at = find_packet(sessions, place);
    int rc = at < sessions->count ? map_rooms(session, &rooms) : SIO_ENOENT;
    for (at++; rc == 0 && at < sessions->count; at++)
        if (was_for(sessions->packets[at], &rooms))
            rc = give(restore, sessions->packets[at]);
    sio__idmap_free(&rooms);
    return rc;
}

/* A copy: those who watch rooms may end others, for whom this one may have to go. */
static void restore_copy(const session_t *session, sio_restore_t *restore) {
    session_t *copy = malloc(session_size(session));
    if (copy == NULL)
        return;
    memcpy(copy, session, session_size(session));
    json_incref(copy->data);
    sio_session_t found = {
        .sid = copy->sid,
        .pid = copy->pid,
        .rooms = {copy->text, copy->rooms},
        .data = copy->data,
    };
    sio_restore_session(restore, &found);
    json_decref(copy->data);
    free(copy);
}

static void look(sio__sessions_t *sessions, const char *pid, const char *offset,
                 sio_restore_t *restore) {
    place_t place;
    session_t *session = sio__idmap_find(&sessions->by_pid, pid, strlen(pid));
    if (session == NULL)
        return;
    if (now_of(sessions) - session->saved > lost_for(sessions)) {
        drop_session(sessions, session);
        return;
    }
    if (sio_namespace_socket(sessions->nsp, session->sid) != NULL || !read_place(offset, &place) ||
        give_missed(sessions, session, &place, restore) < 0)
        return;
    restore_copy(session, restore);
}

void sio_memory_restore_session(void *state, sio_namespace_t *nsp, const char *pid,
                                const char *offset, sio_restore_t *restore) {
    (void) state;
    if (nsp->local->sessions != NULL)
        look(nsp->local->sessions, pid, offset, restore);
    if (!nsp->core->closing) /* else it has gone meanwhile */
        sio_restore_done(restore);
}
