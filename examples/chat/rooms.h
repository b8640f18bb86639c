/* Who is in which room, in the order of arrival. */
#ifndef CHAT_ROOMS_H
#define CHAT_ROOMS_H

#include <jansson.h>

enum { NAME_MAX_BYTES = 128 };

struct room;

/* One for each connection; outside a room `room` is NULL. */
struct user {
    char name[NAME_MAX_BYTES + 1];
    struct room *room;
    struct user *next; /* in the room */
};

/* All rooms; all zeros is none. */
struct rooms {
    struct room *first;
};

const char *room_name(const struct room *room);
struct room *rooms_find(const struct rooms *rooms, const char *name);
/* Somebody in the room with this name, or NULL; `room` may be NULL. */
struct user *room_find(const struct room *room, const char *name);
/* Puts a user who is outside into a room, which is made when it is new. 0, or -1 out of memory. */
int rooms_enter(struct rooms *rooms, struct user *user, const char *room, const char *name);
/* Takes the user out; a room that is empty then is gone. */
void rooms_leave(struct rooms *rooms, struct user *user);
/* The names, a new reference; NULL out of memory. */
json_t *room_users(const struct room *room);

#endif
