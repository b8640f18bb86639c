/*
 * rooms: leaving and joining among many rooms; room-emit: emitting to one of them. Their server is
 * bench-rooms. Every client is in rooms that nobody else is in, so that the number of rooms is all
 * that grows. Each batch turns to the client's next `depth` rooms: all have their turn, not only
 * those that the processor's cache has at hand.
 */
#include "bench.h"
#include "crowd.h"
#include "exchange.h"
#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The batches of one client. */
typedef struct rotation_s {
    uint8_t *bytes;
    size_t *ends;
} rotation_t;

typedef struct rooms_s {
    bench_t *bench;
    crowd_t crowd;
    int rooms_each;
    int batches; /* of a rotation */
    int turn;    /* the batch that goes out next; the clients go in step */
    int busy;
    rotation_t *rotations;      /* what goes on now */
    const exchange_t *exchange; /* and its replies */
    int replies;                /* to each batch */
} rooms_t;

/* Writes the messages that concern one room. */
typedef uint8_t *(*write_fn)(uint8_t *out, int client, int room, const char *text);

static uint8_t *write_text(uint8_t *out, char *text) {
    out += frame_write(out, FRAME_TEXT, text, strlen(text));
    return out;
}

static uint8_t *write_move(uint8_t *out, int client, int room, const char *text) {
    char message[64];

    (void) text;
    snprintf(message, sizeof message, "42[\"leave\",\"room-%d-%d\"]", client, room);
    out = write_text(out, message);
    snprintf(message, sizeof message, "42[\"join\",\"room-%d-%d\"]", client, room);
    return write_text(out, message);
}

static uint8_t *write_emit(uint8_t *out, int client, int room, const char *text) {
    size_t size = strlen(text) + 64;
    char *message = allocate(size, 1);

    snprintf(message, size, "42[\"room\",\"room-%d-%d\",\"%s\"]", client, room, text);
    out = write_text(out, message);
    free(message);
    return out;
}

/* `closing` goes behind each batch. */
static rotation_t make_rotation(const rooms_t *rooms, int client, write_fn write, const char *text,
                                const exchange_t *closing) {
    int depth = rooms->bench->args.depth;
    size_t room_size = 2 * frame_size(64) + strlen(text);
    size_t closing_size = closing == NULL ? 0 : closing->batch_size;
    size_t batch_size = (size_t) depth * room_size + closing_size;
    rotation_t rotation = {
        .bytes = allocate((size_t) rooms->batches, batch_size),
        .ends = allocate((size_t) rooms->batches, sizeof *rotation.ends),
    };
    uint8_t *to = rotation.bytes;

    for (int batch = 0; batch < rooms->batches; batch++) {
        for (int i = 0; i < depth; i++)
            to = write(to, client, (batch * depth + i) % rooms->rooms_each, text);
        if (closing != NULL) {
            memcpy(to, closing->batch, closing->batch_size);
            to += closing->batch_size;
        }
        rotation.ends[batch] = (size_t) (to - rotation.bytes);
    }
    return rotation;
}

static rotation_t *make_rotations(const rooms_t *rooms, write_fn write, const char *text,
                                  const exchange_t *closing) {
    rotation_t *rotations = allocate((size_t) rooms->crowd.count, sizeof *rotations);

    for (int i = 0; i < rooms->crowd.count; i++)
        rotations[i] = make_rotation(rooms, i, write, text, closing);
    return rotations;
}

static void on_piece(client_t *client, const frame_piece_t *piece) {
    rooms_t *rooms = client->setup->user.mode;

    if (!exchange_take(rooms->exchange, client, piece))
        return;
    bench_count(rooms->bench, rooms->bench->args.depth, client->sent_at);
    rooms->busy--;
}

static void send_batch(const rooms_t *rooms, int i) {
    client_t *client = &rooms->crowd.clients[i];
    const rotation_t *rotation = &rooms->rotations[i];
    size_t begin = rooms->turn == 0 ? 0 : rotation->ends[rooms->turn - 1];

    client->due = (unsigned) rooms->replies;
    client->sent_at = loop_now();
    client_send(client, rotation->bytes + begin, rotation->ends[rooms->turn] - begin);
}

static void take_turn(rooms_t *rooms) {
    rooms->busy = rooms->crowd.count;
    for (int i = 0; i < rooms->crowd.count; i++)
        send_batch(rooms, i);
    while (rooms->busy > 0)
        loop_turn(&rooms->bench->loop);
    rooms->turn = (rooms->turn + 1) % rooms->batches;
}

static void work(void *mode) {
    do
        take_turn(mode);
    while (!bench_over(((rooms_t *) mode)->bench));
}

/* A join has no reply; the echo behind the batch tells when all of it is done. */
static void use_moves(rooms_t *rooms, const exchange_t *echo) {
    rooms->rotations = make_rotations(rooms, write_move, "", echo);
    rooms->exchange = echo;
    rooms->replies = 1;
    for (int i = 0; i < rooms->batches; i++)
        take_turn(rooms); /* now everyone is in all its rooms */
}

static void use_emits(rooms_t *rooms, const exchange_t *news) {
    char *text = letters((size_t) rooms->bench->args.size);

    rooms->rotations = make_rotations(rooms, write_emit, text, NULL);
    rooms->exchange = news;
    rooms->replies = rooms->bench->args.depth;
    free(text);
}

void mode_rooms(bench_t *bench) {
    static rooms_t rooms;
    static exchange_t echo, news;
    const args_t *args = &bench->args;

    if (args->rooms % args->connections != 0)
        fail("--rooms: not a multiple of --connections (%d)", args->connections);
    rooms.bench = bench;
    rooms.rooms_each = args->rooms / args->connections;
    rooms.batches = (rooms.rooms_each + args->depth - 1) / args->depth;
    exchange_init(&echo, EXCHANGE_ECHO, 1, 1);
    exchange_init(&news, EXCHANGE_BROADCAST, args->size, 1);
    crowd_init(&rooms.crowd, &bench->loop, args->port, false, args->connections, args->window);
    rooms.crowd.setup.user.on_piece = on_piece;
    rooms.crowd.setup.user.mode = &rooms;
    crowd_open(&rooms.crowd);
    use_moves(&rooms, &echo);
    if (strcmp(args->mode, "room-emit") == 0) {
        for (int i = 0; i < rooms.crowd.count; i++)
            rooms.crowd.clients[i].verified = false;
        use_emits(&rooms, &news);
    }
    bench_measure(bench, work, &rooms);
}
